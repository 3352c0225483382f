"""What `manage.py backup` says, and why it makes none."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.backups import sqlite_alone
from tests.bucket import BucketServer


@sqlite_alone
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/wanstudio"])
def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=f"{folder} cannot be made: "):
        call_command("backup", tmp_path / folder)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_bucket_that_is_away_or_not_there_is_a_sentence(
    make_generation: Any, tmp_path: Path, settings: Any
) -> None:
    make_generation("succeeded")
    with BucketServer() as bucket:
        storage = bucket.storage
        storage["OPTIONS"]["bucket_name"] = "nowhere"
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        with pytest.raises(CommandError, match="1 files that rows name are not there"):
            call_command("backup", tmp_path / "one", stderr=io.StringIO())
        storage["OPTIONS"]["endpoint_url"] = "http://127.0.0.1:9"
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        with pytest.raises(CommandError, match="The backup is not finished, and is none: the buck"):
            call_command("backup", tmp_path / "two")
    assert not (tmp_path / "two" / "manifest.json").exists()


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_folder_with_something_in_it_is_left_alone(backup: Path) -> None:
    before = sorted(backup.rglob("*"))
    with pytest.raises(CommandError, match="not empty"):
        call_command("backup", backup)
    assert sorted(backup.rglob("*")) == before


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_what_is_backed_up_is_named_and_a_file_that_is_not_there_is_a_failure(
    make_generation: Any, tmp_path: Path, settings: Any
) -> None:
    row = make_generation("succeeded")
    make_generation("succeeded")
    said = io.StringIO()
    call_command("backup", tmp_path / "whole", stdout=said)
    here = f"sqlite {connection.settings_dict['NAME']}, files in {settings.MEDIA_ROOT}"
    assert said.getvalue().splitlines()[-1] == f"2 files and the database, of {here}"

    Path(row.video.path).unlink()
    with pytest.raises(CommandError, match="1 files that rows name are not there"):
        call_command("backup", tmp_path / "half", stdout=said, stderr=said)
    manifest = json.loads((tmp_path / "half" / "manifest.json").read_text())
    assert (manifest["missing"], len(manifest["files"])) == ([row.video.name], 1)
