"""docs/architecture.md names paths, packages and transitions. They must be those of the code."""

import re
import tomllib
from pathlib import Path

from generations.models.status import NEXT
from wanstudio import __version__

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text()


def first_cells(heading: str, count: int = 1) -> list[list[str]]:
    """What stands in backticks in the first cells of the table under this heading."""
    table = PAGE.partition(f"## {heading}\n")[2].partition("|---|")[2].partition("\n\n")[0]
    lines = [line.strip("|").split("|")[:count] for line in table.splitlines()[1:]]
    return [re.findall(r"`([\w./]+)`", " ".join(cells)) for cells in lines]


def test_every_path_on_the_page_exists() -> None:
    paths = set(re.findall(r"`((?:generations|wanstudio|tests|docs)/[\w./-]*)`", PAGE))
    paths |= {f"docs/{path}" for path in re.findall(r"\]\((img/[\w.]+)\)", PAGE)}
    assert len(paths) > 20
    assert not [path for path in sorted(paths) if not (ROOT / path).exists()]


def test_every_package_is_on_the_page() -> None:
    packages = {path.parent.name for path in (ROOT / "generations").glob("*/__init__.py")}
    listed = {name.strip("/").rpartition("/")[2] for [name] in first_cells("Packages")}
    ruled = {name for names in first_cells("Import rules") for name in names}
    assert packages - {"migrations"} <= listed
    assert packages - {"migrations"} <= ruled


def test_the_transitions_are_those_that_the_code_allows() -> None:
    allowed = {(str(start), str(end)) for start, ends in NEXT.items() for end in ends}
    told = [tuple(cells) for cells in first_cells("The life of a generation", 2)]
    assert sorted(told) == sorted(allowed)


def test_the_version_has_one_home_and_the_changelog_begins_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "wanstudio.__version__"}
    versions = re.findall(r"\n## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text())
    assert versions[0] == __version__
