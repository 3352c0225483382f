"""What every benchmark stands on: a database of each kind, a folder, and the one table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .databases import PostgreSQL, SQLite, database, postgresql_server
from .report import Report
from .studio import ROOT, Studio

PAGE, WORDS = ROOT / "docs/performance.md", Path(__file__).with_name("performance.md.txt")
RESULTS = Report()
Database = SQLite | PostgreSQL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "benchmarks":
            item.add_marker("bench")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Database]]:
    """`template(kind, root)`: what the migrations of a checkout make, which is done once."""
    with ExitStack() as stack:

        @cache
        def migrated(kind: str, root: Path) -> Database:
            folder = tmp_path_factory.mktemp("template")
            made = stack.enter_context(database(kind, folder))
            with Studio(folder, made, root=root) as studio:
                studio.manage("migrate", "-v0")
            return made

        yield migrated


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def home(
    request: pytest.FixtureRequest, tmp_path: Path, template: Callable[..., Database]
) -> Iterator[Database]:
    """A migrated database of each kind that this machine has, without rows."""
    if request.param == "PostgreSQL" and not postgresql_server():
        pytest.skip("no PostgreSQL answers; TEST_DATABASE_URL names one")
    with database(request.param, tmp_path, template(request.param, ROOT)) as made:
        yield made


@pytest.fixture
def start(home: Database, tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    """`start(**variables)`: a studio on `home`, of which nothing runs yet."""
    studios = []

    def begin(**env: Any) -> Studio:
        studios.append(Studio(tmp_path, home, **env))
        return studios[-1]

    yield begin
    for studio in studios:
        studio.__exit__()


@pytest.fixture
def before(
    home: Database, tmp_path: Path, template: Callable[..., Database]
) -> Iterator[Callable[..., Studio] | None]:
    """Like `start`, with the code of the checkout that BENCH_BEFORE names; None without one.

    The database is another one, for that code may know other columns.
    """
    if "BENCH_BEFORE" not in os.environ:
        yield None
        return
    root = Path(os.environ["BENCH_BEFORE"])
    studios = []
    folder = tmp_path / "before"
    folder.mkdir()
    with database(home.name, folder, template(home.name, root)) as made:

        def begin(**env: Any) -> Studio:
            studios.append(Studio(folder, made, root=root, **env))
            return studios[-1]

        yield begin
        for studio in studios:
            studio.__exit__()


@pytest.fixture
def report() -> Report:
    return RESULTS


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table; a run of everything also rewrites the page in the documentation."""
    if not RESULTS.lines:
        return
    terminalreporter.section("benchmarks")
    terminalreporter.write_line(RESULTS.plain())
    if not config.option.keyword and config.args == ["tests/benchmarks"]:
        PAGE.write_text(RESULTS.page(WORDS))
        terminalreporter.write_line(f"written to {PAGE.relative_to(ROOT)}")
