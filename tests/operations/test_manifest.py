"""A manifest that is not true restores nothing: everything is read before the first change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generations.operations.manifest import InvalidBackupError, described, read

VIDEO = "videos/ab/film.mp4"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole backup of SQLite with one file."""
    folder = tmp_path / "backup"
    (folder / "files/videos/ab").mkdir(parents=True)
    (folder / "files" / VIDEO).write_bytes(b"a film")
    (folder / "database.sqlite3").write_bytes(b"a database")
    write(folder)
    return folder


def write(folder: Path, **changes: Any) -> None:
    database = {"engine": "sqlite", "name": "database.sqlite3"}
    manifest = {
        "made": "2026-11-28T09:00:00+00:00",
        "version": "1.0.0",
        "migrations": ["0001_initial"],
        "database": database | described(folder / "database.sqlite3"),
        "files": {VIDEO: described(folder / "files" / VIDEO)},
        "missing": [],
    }
    found = {name: value for name, value in (manifest | changes).items() if value is not None}
    (folder / "manifest.json").write_text(json.dumps(found))


def test_a_whole_one_is_read(folder: Path) -> None:
    assert list(read(folder)["files"]) == [VIDEO]
    write(folder, version=None, migrations=None, missing=None)  # of earlier releases
    read(folder)


SOME = {"bytes": 6, "sha256": "0" * 64}


@pytest.mark.parametrize(
    "changes",
    [
        {"made": None}, {"made": 5}, {"made": "yesterday"}, {"made": "2026-11-28T09:00:00"},
        {"version": 1}, {"migrations": "all"}, {"migrations": [1]}, {"missing": 5},
        {"files": None}, {"files": []}, {"files": {VIDEO: None}}, {"files": {VIDEO: {"bytes": 6}}},
        {"files": {VIDEO: SOME | {"more": []}}},
        {"files": {"../film.mp4": SOME}}, {"files": {"/etc/passwd": SOME}},
        {"files": {"videos/../../film.mp4": SOME}}, {"files": {"videos//film.mp4": SOME}},
        {"database": None}, {"database": "database.sqlite3"}, {"database": SOME},
        {"database": SOME | {"engine": "sqlite", "name": "/etc/passwd"}},
        {"database": SOME | {"engine": "sqlite", "name": "../database.sqlite3"}},
        {"database": SOME | {"engine": "sqlite", "name": "files/videos/ab/film.mp4"}},
        {"database": SOME | {"engine": "oracle", "name": "database.sqlite3"}},
    ],
)  # fmt: skip
def test_one_that_lacks_something_or_leads_elsewhere_is_none(
    folder: Path, changes: dict[str, Any]
) -> None:
    write(folder, **changes)
    with pytest.raises(InvalidBackupError, match="is damaged"):
        read(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "\x00", "1"])
def test_what_is_no_manifest_is_a_sentence(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(InvalidBackupError):
        read(folder)


@pytest.mark.parametrize("name", ["database.sqlite3", f"files/{VIDEO}", "files/videos", "files"])
def test_a_link_is_not_followed(folder: Path, tmp_path: Path, name: str) -> None:
    moved = tmp_path / "elsewhere"
    (folder / name).rename(moved)
    (folder / name).symlink_to(moved)
    with pytest.raises(InvalidBackupError, match="a link"):
        read(folder)


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(folder)
    assert read(tmp_path / "latest")
