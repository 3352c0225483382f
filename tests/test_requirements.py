"""The locks agree with what people edit, and name everything that is installed, with hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.installation import ROOT

FOLDERS = [ROOT, ROOT / "tests"]
SYSTEMS = [
    {"python_version": python, "python_full_version": f"{python}.5", "sys_platform": platform}
    for python in ("3.11", "3.12", "3.13", "3.14")
    for platform in ("linux", "darwin", "win32")
]

Pins = list[tuple[Requirement, list[str]]]


def wanted(folder: Path) -> Iterator[Requirement]:
    """What `requirements.in` asks for, with what it takes from another."""
    for line in (folder / "requirements.in").read_text().splitlines():
        if line.startswith("-r "):
            yield from wanted((folder / line[3:]).parent)
        elif line and not line.startswith(("#", "-c ")):
            yield Requirement(line)


def locked(folder: Path) -> Pins:
    """Each pin of `requirements.txt`, with its hashes."""
    text = (folder / "requirements.txt").read_text().replace("\\\n", " ")
    pins = []
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            pin, *hashes = re.split(r"\s+--hash=", line.rstrip())
            pins.append((Requirement(pin), hashes))
    return pins


def names(pins: Pins) -> set[str]:
    return {canonicalize_name(pin.name) for pin, hashes in pins}


def version(pin: Requirement) -> str:
    (only,) = pin.specifier
    assert only.operator == "==", f"{pin} is no pin"
    return only.version


@pytest.mark.parametrize("folder", FOLDERS, ids=["production", "tests"])
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda each: "-".join(each.values()))
def test_the_lock_has_one_version_that_suits_for_each_line_and_system(
    folder: Path, system: dict[str, str]
) -> None:
    pins = [pin for pin, _ in locked(folder) if not pin.marker or pin.marker.evaluate(system)]
    found = {canonicalize_name(pin.name): version(pin) for pin in pins}
    assert len(found) == len(pins), "a package is pinned twice for one system"
    for line in wanted(folder):
        pinned = found.get(canonicalize_name(line.name))
        assert pinned and line.specifier.contains(pinned), f"{line}, but {pinned}: `make lock`"


@pytest.mark.parametrize("folder", FOLDERS, ids=["production", "tests"])
def test_every_pin_has_hashes_and_no_index_is_named(folder: Path) -> None:
    assert all(
        hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes)
        for _, hashes in locked(folder)
    )
    assert not re.search("://|^--", (folder / "requirements.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("folder", FOLDERS, ids=["production", "tests"])
def test_nothing_is_locked_for_a_line_that_is_gone(folder: Path) -> None:
    """Each pin says for what it is there: a line, or another pin."""
    text = (folder / "requirements.txt").read_text()
    asked = {canonicalize_name(line.name) for line in wanted(folder)}
    direct = set()
    for block in re.split(r"\n(?=[a-z])", text.partition("make lock\n")[2]):
        if re.search(r"-r \S*requirements\.in", block):
            direct.add(canonicalize_name(block.partition("==")[0].split("[")[0]))
    assert direct == asked, "`make lock`"


@pytest.mark.parametrize("folder", FOLDERS, ids=["production", "tests"])
def test_what_a_pinned_package_needs_is_pinned_too(folder: Path) -> None:
    pins = locked(folder)
    for pin, _ in pins:
        try:
            needs = requires(pin.name) or []
        except PackageNotFoundError:  # for another system, or not installed here
            continue
        for need in map(Requirement, needs):
            if not need.marker or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in names(pins), f"{pin.name} needs {need}"


def test_tests_run_on_what_production_runs_on() -> None:
    tests = {str(pin): hashes for pin, hashes in locked(ROOT / "tests")}
    for pin, hashes in locked(ROOT):
        assert tests.get(str(pin)) == hashes, f"{pin} differs in tests/requirements.txt"
