"""Joined clips and animations: made once by one worker, downloadable for a day."""

import shutil
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generations.creation.conversion import request_conversion
from generations.media import probe
from generations.models import Conversion, ConversionKind, Generation
from generations.tasks.conversion import convert_next, delete_conversions, enqueue_conversions
from generations.tasks.store_queue import MAX_STORES
from generations.worker import heartbeat, semaphore
from tests.films import draw_film

pytestmark = pytest.mark.django_db


@pytest.fixture
def clips(make_generation: Any, tmp_path: Path) -> list[Generation]:
    content = draw_film(tmp_path / "film.mp4").read_bytes()
    return [make_generation("succeeded", content=content) for _ in range(3)]


def asked(owner: Any, clips: list[Generation], kind: str = "join") -> Conversion:
    return request_conversion(owner, ConversionKind(kind), [clip.pk for clip in clips])


def test_clips_become_one_file_and_stay_as_they_are(owner: Any, clips: list[Generation]) -> None:
    row = asked(owner, clips)
    convert_next()
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("ready", 1)
    assert probe(row.file.path).frames == 90
    assert all(default_storage.exists(str(clip.video.name)) for clip in clips)
    assert not list(Path(default_storage.path("parts")).glob("*.part"))


def test_an_animation_is_a_webp(owner: Any, clips: list[Generation]) -> None:
    row = asked(owner, clips[:1], "webp")
    convert_next()
    row.refresh_from_db()
    assert row.status == "ready"
    assert Path(row.file.path).read_bytes()[8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda row: default_storage.delete(str(row.video.name)), "gone"),
        (lambda row: Generation.objects.filter(pk=row.pk).update(review="rejected"), "gone"),
        (lambda row: Path(row.video.path).write_bytes(b"nothing"), "damaged"),
    ],
)
def test_the_clip_that_stops_it_is_named(
    owner: Any, clips: list[Generation], spoil: Any, reason: str
) -> None:
    row = asked(owner, clips)
    spoil(clips[1])
    convert_next()
    row.refresh_from_db()
    assert (row.status, row.reason, row.place, row.file) == ("failed", reason, 2, "")


def test_a_disk_that_is_too_small_is_left_its_reserve(
    owner: Any, clips: list[Generation], settings: Any
) -> None:
    settings.WANSTUDIO_DISK_RESERVE_MB = shutil.disk_usage("/").total // 1_000_000 * 2
    row = asked(owner, clips)
    convert_next()
    row.refresh_from_db()
    assert (row.status, row.reason) == ("failed", "room")


def test_a_conversion_waits_while_saves_have_all_places_so_that_sends_find_a_worker(
    owner: Any, clips: list[Generation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
    row = asked(owner, clips)
    with ExitStack() as saves:
        for _ in range(MAX_STORES):
            saves.enter_context(semaphore.acquire(MAX_STORES))
        convert_next()
        row.refresh_from_db()
        assert row.status == "queued"

    convert_next()
    row.refresh_from_db()
    assert row.status == "ready"


def test_a_disk_that_fails_is_tried_three_times(
    owner: Any, clips: list[Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any) -> None:
        raise OSError("the disk does not answer")

    monkeypatch.setattr("generations.media.save_file", fails)
    row = asked(owner, clips)
    for status in ("queued", "queued", "failed"):
        convert_next()
        row.refresh_from_db()
        assert row.status == status


def test_a_task_that_was_lost_is_enqueued_again(
    owner: Any, clips: list[Generation], django_capture_on_commit_callbacks: Any
) -> None:
    asked(owner, clips)
    with django_capture_on_commit_callbacks() as waiting:
        enqueue_conversions()
    assert len(waiting) == 1
    Conversion.objects.update(status="ready")
    with django_capture_on_commit_callbacks() as waiting:
        enqueue_conversions()
    assert not waiting


def test_after_a_day_the_file_is_gone(owner: Any, clips: list[Generation]) -> None:
    old, fresh = asked(owner, clips), asked(owner, clips)
    convert_next()
    old.refresh_from_db()
    Conversion.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(hours=25))
    delete_conversions()
    assert list(Conversion.objects.all()) == [fresh]
    assert not default_storage.exists(str(old.file.name))
