"""Backups that a timer makes: dated, linked to each other, and removed when they are old."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from generations.operations import backup_schedule
from generations.operations.manifest import InvalidBackupError, read
from tests.bucket import BucketServer
from tests.installation import Installation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="dumps are tried in test_backup.py"),
]


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def folder_of(parent: Path, days: float) -> Path:
    """The place of a backup made so many days ago."""
    made = datetime.now(UTC) - timedelta(days=days)
    return parent / made.strftime(backup_schedule.NAME)


def backup(parent: Path, days: int = 14) -> Path:
    """What the timer does, as of now; returns the new folder."""
    before = set(parent.iterdir()) if parent.exists() else set()
    call_command("backup", parent, keep=days, verbosity=0)
    [made] = set(parent.iterdir()) - before
    return made


def aged(folder: Path, days: float) -> Path:
    """The same backup as if it were older."""
    return folder.rename(folder_of(folder.parent, days))


def test_those_older_than_the_days_asked_for_go_and_a_persons_own_stay(
    parent: Path, make_generation: Any
) -> None:
    make_generation("succeeded")
    old, young = aged(backup(parent), 12), aged(backup(parent), 13)
    own = parent / "before the move"
    own.mkdir()
    old = aged(old, 14.1)
    new = backup(parent)
    assert set(parent.iterdir()) == {young, own, new}
    assert not old.exists()
    assert read(new)["files"] == read(young)["files"] != {}


def test_a_file_that_an_earlier_backup_has_is_linked_and_its_digest_stays(
    parent: Path, make_generation: Any
) -> None:
    row = make_generation("succeeded")
    first, second = aged(backup(parent), 2), aged(backup(parent), 1)
    one, two = (folder / "files" / row.video.name for folder in (first, second))
    assert one.samefile(two)
    one.write_bytes(one.read_bytes()[::-1])  # damaged since
    third = backup(parent)
    with pytest.raises(InvalidBackupError, match="damaged"):
        read(third)


def test_a_file_with_another_size_than_before_is_copied_again(
    parent: Path, make_generation: Any
) -> None:
    row = make_generation("succeeded")
    first = aged(backup(parent), 1)
    path = first / "files" / row.video.name
    path.unlink()
    path.write_bytes(b"half")
    assert read(backup(parent))["files"][row.video.name]["bytes"] == row.video.size


def test_while_a_file_is_missing_no_old_backup_is_removed(
    parent: Path, make_generation: Any
) -> None:
    row = make_generation("succeeded")
    old = aged(backup(parent), 30)
    default_storage.delete(row.video.name)
    with pytest.raises(CommandError, match="1 files that rows name are not there"):
        backup(parent)
    assert (old / "files" / row.video.name).is_file()


def test_a_backup_that_fails_leaves_nothing_and_removes_nothing(
    parent: Path, make_generation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_generation("succeeded")
    old = aged(backup(parent), 30)

    def full(*args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("generations.operations.backup.described", full)
    with pytest.raises(CommandError, match="No space left"):
        backup(parent)
    assert list(parent.iterdir()) == [old]


def test_what_a_killed_backup_left_goes_with_the_next(parent: Path, make_generation: Any) -> None:
    make_generation("succeeded")
    left = folder_of(parent, 1)
    (left / "files").mkdir(parents=True)
    new = backup(parent)
    assert list(parent.iterdir()) == [new]


@pytest.mark.parametrize("days", ["0", "-1", "two"])
def test_a_number_of_days_is_wanted(parent: Path, days: str) -> None:
    with pytest.raises(CommandError, match="a number of days, 1 or more"):
        call_command("backup", str(parent), f"--keep={days}")


def test_with_a_bucket_only_new_files_are_fetched(tmp_path: Path) -> None:
    with BucketServer() as bucket:
        studio = Installation(tmp_path / "studio", **bucket.variables)
        studio.migrate()
        studio.person("ada")
        make = "make_generation('succeeded', owner=User.objects.get(), content={!r})"
        studio.run(make.format(b"one" * 1000))
        [first] = bucket.names()
        studio.manage("backup", "--keep=14", str(tmp_path / "backups"))
        [earlier] = (tmp_path / "backups").iterdir()
        aged(earlier, 1)
        studio.run(make.format(b"two" * 1000))
        # Other bytes of the same size: whoever fetches it again has these.
        bucket.client.put_object(Bucket="studio-videos", Key=first, Body=b"!!!" * 1000)
        studio.manage("backup", "--keep=14", str(tmp_path / "backups"))
        later = max((tmp_path / "backups").iterdir())
        kept = json.loads((later / "manifest.json").read_text())["files"]
        assert set(kept) == bucket.names() and len(kept) == 2
        assert (later / "files" / first).read_bytes() == b"one" * 1000
