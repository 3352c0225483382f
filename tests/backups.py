"""Backups that tests of more than one file begin with."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.installation import scratch_database

sqlite_alone = pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="the way there and back is tried on PostgreSQL too",
)
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.database)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def two_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two databases of one kind: one to back up, one to restore into."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/one.sqlite3", f"sqlite:///{tmp_path}/two.sqlite3"
        return
    if not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not here")
    with scratch_database() as one, scratch_database() as two:
        yield one, two


@pytest.fixture
def backup(make_generation: Any, tmp_path: Path) -> Path:
    """One of this database, with one video."""
    make_generation("succeeded")
    call_command("backup", tmp_path / "backup", stdout=io.StringIO())
    return tmp_path / "backup"


def name_in(backup: Path) -> str:
    """The name of its one file."""
    [name] = json.loads((backup / "manifest.json").read_text())["files"]
    return str(name)
