"""`make` and the `.venv` that it finds: made, mended, used as it is, or left alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.installation import ROOT
from tests.small_project import PackageIndex, bare, everything_in, make, project, sentences, wheel
from wanstudio.install import NEWEST_TRIED, OLDEST, pinned

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not here")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a path with a blank and Chinese, with the `.venv` that `make` made."""
    folder = project(tmp_path_factory.mktemp("filled") / "my 工作室")
    output = make(folder, "environment")
    assert "Making a virtual environment in .venv" in output
    assert "Installing requirements.txt: 1 packages" in output
    return folder


@pytest.fixture
def installed(filled: Path, tmp_path: Path) -> Path:
    """A copy whose stamp says that it was made there."""
    folder = tmp_path / "my 工作室"
    shutil.copytree(filled, folder, symlinks=True, copy_function=linked)
    (folder / ".venv/made-at").write_text(f"{folder}\n")
    return folder


def linked(source: str, target: str) -> object:
    """Nobody writes into an installed file: such a one may be the same in many copies."""
    return (os.link if "/site-packages/" in source else shutil.copy2)(source, target)


def test_what_is_complete_is_neither_touched_nor_asked_of_the_network(installed: Path) -> None:
    before = everything_in(installed / ".venv")
    assert make(installed, "environment", variables={"HTTPS_PROXY": "http://127.0.0.1:9"}) == ""
    assert everything_in(installed / ".venv") == before


def test_a_project_reached_through_a_link_keeps_its_environment(
    installed: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(installed)
    for stamp in (installed, link):
        (installed / ".venv/made-at").write_text(f"{stamp}\n")
        assert make(link, "environment", variables={"PWD": str(link)}) == ""


def test_an_environment_behind_a_link_is_used(installed: Path, tmp_path: Path) -> None:
    (installed / ".venv").rename(tmp_path / "elsewhere")
    (installed / ".venv").symlink_to(tmp_path / "elsewhere")
    assert make(installed, "environment") == ""


def test_after_a_move_it_is_made_again_with_a_word(installed: Path) -> None:
    (installed / ".venv/made-at").write_text("/somewhere/else\n")
    assert "Removing .venv, to make it again: it belongs to another" in make(
        installed, "environment"
    )
    assert (installed / ".venv/made-at").read_text() == f"{installed}\n"
    assert make(installed, "environment") == ""


def test_an_environment_whose_python_is_gone_is_made_again(installed: Path) -> None:
    python = installed / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/no/such/python")
    assert "Removing .venv, to make it again: its Python" in make(installed, "environment")
    assert make(installed, "environment") == ""


def test_changed_requirements_are_installed(installed: Path) -> None:
    with (installed / "requirements.txt").open("a") as file:
        file.write("# Another line.\n")
    assert "Installing requirements.txt" in make(installed, "environment")


# What make did not make


@pytest.mark.parametrize("words", [("help",), ("-n", "run"), ("-n", "test")])
@pytest.mark.parametrize("stamp", [None, "/somewhere/else\n"], ids=["not ours", "moved"])
def test_reading_the_makefile_changes_nothing(
    tmp_path: Path, words: tuple[str, ...], stamp: str | None
) -> None:
    folder = project(tmp_path)
    (folder / ".venv/bin").mkdir(parents=True)
    if stamp:
        (folder / ".venv/made-at").write_text(stamp)
    before = everything_in(folder)
    make(folder, *words)
    assert everything_in(folder) == before


@pytest.mark.parametrize("program", ["exec false", None], ids=["broken", "a link to nowhere"])
def test_one_of_others_that_does_not_run_stays_and_is_named(
    tmp_path: Path, program: str | None
) -> None:
    folder = project(tmp_path)
    if program:
        (folder / ".venv/bin").mkdir(parents=True)
        python = folder / ".venv/bin/python"
        python.write_text(f"#!/bin/sh\n{program}\n")
        python.chmod(0o755)
    else:
        (folder / ".venv").symlink_to("/no/such/environment")
    before = everything_in(folder / ".venv")
    [sentence] = sentences(make(folder, "environment", fails=True))
    assert "move it away, then start again" in sentence
    assert os.path.lexists(folder / ".venv")
    assert everything_in(folder / ".venv") == before


def test_one_without_pip_that_holds_what_is_needed_is_used_as_it_is(tmp_path: Path) -> None:
    folder = bare(project(tmp_path))
    [packages] = (folder / ".venv/lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel(folder)) as file:
        file.extractall(packages)
    before = everything_in(folder / ".venv")
    assert make(folder, "test-environment") == ""
    assert everything_in(folder / ".venv") == before


def test_one_without_pip_that_lacks_something_stays_and_is_told_what(tmp_path: Path) -> None:
    folder = bare(project(tmp_path))
    before = everything_in(folder / ".venv")
    [sentence] = sentences(make(folder, "environment", fails=True))
    assert "lacks nine-lives==1.0" in sentence
    assert "uv pip install -r requirements.txt" in sentence
    assert everything_in(folder / ".venv") == before


# pip


def test_settings_of_the_account_put_the_packages_nowhere_else(
    installed: Path, tmp_path: Path
) -> None:
    (installed / ".venv/installed-requirements").unlink()
    [packages] = (installed / ".venv/lib").glob("python*/site-packages")
    shutil.rmtree(packages / "nine_lives-1.0.dist-info")
    make(
        installed,
        "environment",
        variables={"PIP_USER": "1", "PIP_TARGET": str(tmp_path / "target")},
    )
    assert (packages / "nine_lives-1.0.dist-info").exists()
    assert not (tmp_path / "target").exists()


@pytest.fixture
def empty(installed: Path) -> Path:
    """Its packages are still to be fetched, from an index alone."""
    (installed / ".venv/installed-requirements").unlink()
    [packages] = (installed / ".venv/lib").glob("python*/site-packages")
    shutil.rmtree(packages / "nine_lives-1.0.dist-info")
    (installed / "nine_lives-1.0-py3-none-any.whl").unlink()
    return installed


INDEX = {
    "PIP_NO_INDEX": "0",
    "PIP_RETRIES": "1",
    "PIP_INDEX_URL": "http://index.invalid/simple",
    "PIP_TRUSTED_HOST": "index.invalid",
}


@pytest.mark.parametrize("variable", ["PIP_PROXY", "http_proxy"])
def test_packages_come_through_a_proxy(empty: Path, tmp_path: Path, variable: str) -> None:
    with PackageIndex(wheel(tmp_path)) as index:
        make(empty, "environment", variables={**INDEX, variable: index.address})
    assert index.asked[0] == "http://index.invalid/simple/nine-lives/"
    assert make(empty, "environment") == ""


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}, "No package index can be reached"),
        ({"PIP_PROXY": "http://127.0.0.1:9"}, "The proxy that"),
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, "pip cannot use the SOCKS proxy"),
    ],
)
def test_without_a_network_it_is_said_in_one_sentence(
    empty: Path, variables: dict[str, str], told: str
) -> None:
    output = make(empty, "environment", fails=True, variables=INDEX | variables)
    assert [line for line in sentences(output) if line.startswith(told)]
    assert "Traceback" not in output
    assert len(sentences(output)) <= 3  # what it does, that it tries again, and the sentence
    assert "Installing requirements.txt" in make(empty, "environment", fails=True)


# Versions of Python


def test_a_python_newer_than_was_tried_starts_with_one_line(installed: Path) -> None:
    code = "from wanstudio import install; install.NEWEST_TRIED = (3, 10); install.main([])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=installed, check=True, capture_output=True, text=True
    )
    [line] = done.stdout.splitlines()
    assert "is newer than what WAN Studio was tried with (3.11 to 3.10): it starts" in line


def test_an_older_python_is_refused_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what the question for its version gives
    old.chmod(0o755)
    [sentence] = sentences(make(project(tmp_path / "app"), "run", f"PYTHON={old}", fails=True))
    assert "Python 3.11 or newer is needed" in sentence
    assert not (tmp_path / "app/.venv").exists()


def test_all_name_the_same_versions_of_python() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert about["requires-python"] == f">={OLDEST[0]}.{OLDEST[1]}"
    tried = [name.rpartition(" ")[2] for name in about["classifiers"]]
    assert tried == [f"3.{minor}" for minor in range(OLDEST[1], NEWEST_TRIED[1] + 1)]
    found = re.search(r"Python (\S+) or newer \(tried with (\S+) to (\S+)\)", readme())
    assert found and found.groups() == (tried[0], tried[0], tried[-1])


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_pins_are_read_with_their_hashes_and_without_those_of_other_systems(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "nine-lives[all]==1.0 \\\n    --hash=sha256:00\n    # via cat\n"
        "elsewhere==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    assert list(pinned(lock)) == [("nine-lives", "1.0")]
