"""What belongs to another account is named, with its owner and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, of_this_machine
from tests.small_project import everything_in, make, project, sentences

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.access("/usr/bin/python3", os.X_OK) or not shutil.which("make"),
    reason="root alone may start something as another account, with a Python that all may run",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of root's that all may read."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def shared(folder: Path) -> Path:
    return project(folder / "app")


def as_nobody(folder: Path) -> list[str]:
    output = make(
        folder, "environment", "PYTHON=/usr/bin/python3", fails=True, user="nobody",
        variables={"HOME": "/nonexistent", "TMPDIR": "/tmp", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return sentences(output)


@pytest.mark.parametrize("what", [".", "var", "var/wanstudio.sqlite3", "var/media"])
def test_what_belongs_to_another_account_is_named_with_its_owner(shared: Path, what: str) -> None:
    if what != ".":
        shutil.chown(shared, "nobody")
        path = shared / what
        path.parent.mkdir(exist_ok=True)
        shutil.chown(path.parent, "nobody")
        path.touch() if path.suffix else path.mkdir(mode=0o700)
    [sentence] = as_nobody(shared)
    assert sentence.startswith(f"{(shared / what).resolve()} belongs to root")
    assert "sudo chown -R $(id -un)" in sentence


@pytest.mark.parametrize("stamp", ["", "/somewhere/else\n"], ids=["as it is", "moved"])
def test_an_environment_of_another_account_is_named_with_its_owner(
    shared: Path, stamp: str
) -> None:
    shutil.chown(shared, "nobody")
    subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--without-pip", shared / ".venv"], check=True
    )
    (shared / ".venv/made-at").write_text(stamp or f"{shared}\n")
    before = everything_in(shared / ".venv")
    [sentence] = as_nobody(shared)
    assert sentence.startswith(f"{shared.resolve()}/.venv belongs to root")
    assert everything_in(shared / ".venv") == before


# The settings, which every other way to start it reads.

AS_NOBODY = """
# First what it imports, which may be in a folder that root alone can enter.
import encodings.ascii, os, pwd, wanstudio.settings
os.environ["SECRET_KEY"] = ""
code = compile(open({path!r}).read(), {path!r}, "exec")
os.setuid(pwd.getpwnam("nobody").pw_uid)
exec(code, {{"__file__": {path!r}, "__name__": "settings"}})
"""


@pytest.mark.parametrize("what", ["", "var", "var/secret_key", "var/wanstudio.sqlite3"])
def test_settings_say_it_in_one_sentence(folder: Path, what: str) -> None:
    path = folder / "wanstudio/settings.py"
    path.parent.mkdir()
    shutil.copy(ROOT / "wanstudio/settings.py", path)
    if what:
        (folder / "var").mkdir(mode=0o700)
    if what.count("/"):
        shutil.chown(folder / "var", "nobody")
        (folder / what).touch(mode=0o600)
    ran = subprocess.run(
        [sys.executable, "-c", AS_NOBODY.format(path=str(path))], cwd=ROOT,
        capture_output=True, text=True, timeout=240,
        env={**of_this_machine(), "WANSTUDIO_ENV_FILE": "none", "SECRET_KEY": "any" * 20},
    )  # fmt: skip
    last_line = ran.stderr.strip().splitlines()[-1]
    assert f"ImproperlyConfigured: {folder / what} belongs to root" in last_line
    assert "sudo chown -R $(id -un)" in last_line
