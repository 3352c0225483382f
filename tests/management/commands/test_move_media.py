"""From the disk into the bucket and back, every byte compared."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.bucket import BucketServer
from tests.factory import VIDEO


@pytest.fixture
def bucket(settings: Any, own_files: None) -> Iterator[BucketServer]:
    """Set up as the new place. What was there until now is on the disk."""
    with BucketServer() as server:
        settings.S3_BUCKET = "studio-videos"
        settings.STORAGES = {**settings.STORAGES, "default": server.storage}
        yield server


@pytest.fixture
def disk(settings: Any, own_files: None, make_generation: Any) -> Path:
    for _ in range(3):
        make_generation("succeeded")
    return Path(settings.MEDIA_ROOT)


def move(*options: str) -> str:
    said = io.StringIO()
    call_command("move_media", *options, stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.django_db
def test_files_move_into_the_bucket_and_back(disk: Path, bucket: BucketServer) -> None:
    assert move() == "3 moved\n"
    names = bucket.names()
    assert len(names) == 3
    assert {bucket.content(name) for name in names} == {VIDEO}

    shutil.rmtree(disk)
    assert move("--back") == "3 moved\n"
    assert {(disk / name).read_bytes() for name in names} == {VIDEO}


@pytest.mark.django_db
def test_a_move_that_was_stopped_goes_on_and_mends_what_is_half(
    disk: Path, bucket: BucketServer
) -> None:
    move()
    first, second, _ = sorted(bucket.names())
    bucket.client.delete_object(Bucket="studio-videos", Key=first)
    bucket.client.put_object(Bucket="studio-videos", Key=second, Body=b"half")

    assert sorted(move().strip().split(", ")) == ["1 there already", "2 moved"]
    assert bucket.content(second) == VIDEO


@pytest.mark.django_db
def test_what_is_missing_is_named_and_fails(disk: Path, bucket: BucketServer) -> None:
    min(disk.rglob("*.mp4")).unlink()
    with pytest.raises(CommandError, match="Not everything"):
        move()
    assert len(bucket.names()) == 2


def test_without_a_bucket_there_is_nowhere_to_move() -> None:
    with pytest.raises(CommandError, match="AWS_STORAGE_BUCKET_NAME"):
        move()
