"""A poller runs where it is needed, and what has outlived its time is deleted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models.signals import pre_delete
from django.utils import timezone
from django_q.models import Failure

from generations import media
from generations.models import Event, Generation, PollerLease, WorkerHeartbeat
from generations.tasks.housekeeping import (
    delete_failures,
    delete_files,
    delete_sessions,
    purge_events,
    purge_failed,
    purge_trash,
    remove_stray_parts,
    run_all,
    run_housekeeping,
)

pytestmark = pytest.mark.django_db


def enqueued(capture: Any, call: Callable[[], None]) -> int:
    with capture() as found:
        call()
    return len(found)


def test_housekeeping_records_the_heartbeat() -> None:
    run_housekeeping()

    assert timezone.now() - WorkerHeartbeat.objects.last_seen() < timedelta(minutes=1)


def test_a_row_that_nobody_polls_gets_a_poller(
    make_generation: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_generation(status="running")

    assert enqueued(django_capture_on_commit_callbacks, run_housekeeping) >= 1


def test_while_one_polls_no_second_poller_is_enqueued(
    make_generation: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_generation(status="running")
    run_housekeeping()
    PollerLease.objects.acquire()

    assert enqueued(django_capture_on_commit_callbacks, Generation.objects.ensure_poller) == 0


def test_with_nothing_open_no_poller_is_enqueued(django_capture_on_commit_callbacks: Any) -> None:
    assert enqueued(django_capture_on_commit_callbacks, Generation.objects.ensure_poller) == 0


def test_old_part_files_go_and_young_ones_stay() -> None:
    old = media.temporary_path(default_storage, ".mp4")
    young = media.temporary_path(default_storage, ".mp4")
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))

    remove_stray_parts()

    assert not old.exists()
    assert young.exists()


def test_trash_is_deleted_after_its_days_with_its_files(
    make_generation: Any, settings: Any
) -> None:
    settings.WANSTUDIO_TRASH_DAYS = 30
    now = timezone.now()
    old = make_generation(status="succeeded", trashed_at=now - timedelta(days=31))
    young = make_generation(status="succeeded", trashed_at=now - timedelta(days=29))
    kept = make_generation(status="succeeded")
    old.log_event("approved")
    path = Path(default_storage.path(old.video.name))
    assert path.exists()

    purge_trash()
    delete_files()

    assert set(Generation.objects.all()) == {young, kept}
    assert not path.exists()
    assert Event.objects.filter(generation_id=old.pk, kind="approved").exists()


@pytest.mark.parametrize("status", ["running", "storing", "unconfirmed"])
def test_what_still_moves_or_is_in_doubt_is_never_deleted(
    status: str, make_generation: Any
) -> None:
    row = make_generation(status=status, trashed_at=timezone.now() - timedelta(days=99))

    purge_trash()

    assert Generation.objects.filter(pk=row.pk).exists()


def test_a_row_that_is_restored_while_others_are_deleted_stays(make_generation: Any) -> None:
    long_ago = timezone.now() - timedelta(days=99)
    rows = [make_generation(status="succeeded", trashed_at=long_ago) for _ in range(3)]

    def restore_the_others(**_: Any) -> None:
        Generation.objects.update(trashed_at=None)

    pre_delete.connect(restore_the_others, sender=Generation)
    try:
        purge_trash()
    finally:
        pre_delete.disconnect(restore_the_others, sender=Generation)
    delete_files()

    left = Generation.objects.all()
    assert len(left) == len(rows) - 1
    assert all(default_storage.exists(row.video.name) for row in left)


class HalfDead(FileSystemStorage):
    """Deletes nothing whose name is in `dead`."""

    dead: ClassVar[set[str]] = set()

    def delete(self, name: str) -> None:
        if name in self.dead:
            raise OSError("read-only")
        super().delete(name)


def test_files_that_cannot_be_deleted_are_deleted_later_and_stop_no_others(
    make_generation: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = timezone.now() - timedelta(days=99)
    settings.WANSTUDIO_KEEP_EVENTS_DAYS = 1
    half_dead = {"BACKEND": f"{__name__}.HalfDead", "OPTIONS": {"location": settings.MEDIA_ROOT}}
    settings.STORAGES = {**settings.STORAGES, "default": half_dead}
    names = [make_generation(status="succeeded", trashed_at=long_ago).video.name for _ in range(3)]
    monkeypatch.setattr(HalfDead, "dead", {names[1]})

    purge_trash()
    delete_files()

    assert not Generation.objects.exists()
    assert [default_storage.exists(name) for name in names] == [False, True, False]
    Event.objects.update(at=long_ago)
    purge_events()
    HalfDead.dead.clear()
    delete_files()
    assert not default_storage.exists(names[1])
    assert not Event.objects.exists()


def test_failed_rows_are_kept_unless_the_operator_says_so(
    make_generation: Any, settings: Any
) -> None:
    make_generation(status="failed", finished_at=timezone.now() - timedelta(days=400))
    settings.WANSTUDIO_KEEP_FAILED_DAYS = None
    purge_failed()
    assert Generation.objects.count() == 1

    settings.WANSTUDIO_KEEP_FAILED_DAYS = 90
    purge_failed()
    assert Generation.objects.count() == 0


@pytest.mark.parametrize("status", ["running", "unconfirmed"])
def test_old_events_go_if_the_operator_says_so_but_not_those_of_an_unsettled_row(
    status: str, make_generation: Any, settings: Any
) -> None:
    ended, running = make_generation(status="failed"), make_generation(status=status)
    service = Event.objects.create(kind="paused")
    for row in (ended, running):
        row.log_event("old")
    Event.objects.update(at=timezone.now() - timedelta(days=91))
    ended.log_event("young")

    settings.WANSTUDIO_KEEP_EVENTS_DAYS = None
    purge_events()
    assert Event.objects.filter(kind="old").count() == 2

    settings.WANSTUDIO_KEEP_EVENTS_DAYS = 90
    purge_events()
    left = set(Event.objects.values_list("generation_id", "kind"))
    assert left == {(running.pk, "old"), (ended.pk, "young")}
    assert not Event.objects.filter(pk=service.pk).exists()


def test_sessions_that_have_run_out_are_deleted(client: Any, owner: Any) -> None:
    client.force_login(owner)
    Session.objects.create(
        session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1)
    )

    delete_sessions()

    assert list(Session.objects.values_list("pk", flat=True)) == [client.session.session_key]


def test_records_of_failed_tasks_are_deleted_after_a_month() -> None:
    now = timezone.now()
    for days in (29, 31):
        stopped = now - timedelta(days=days)
        Failure.objects.create(
            id=f"{days}", name="store", func="f", started=stopped, stopped=stopped, success=False
        )

    delete_failures()

    assert list(Failure.objects.values_list("id", flat=True)) == ["29"]


def test_doubt_is_never_deleted_by_the_machine(make_generation: Any, settings: Any) -> None:
    settings.WANSTUDIO_KEEP_FAILED_DAYS = 1
    make_generation(status="unconfirmed", finished_at=timezone.now() - timedelta(days=400))

    purge_failed()

    assert Generation.objects.count() == 1


def test_a_function_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def fails() -> None:
        raise OSError("read-only")

    run_all(fails, lambda: done.append(True))

    assert done
    [record] = caplog.records
    assert (record.getMessage(), record.exc_info) == ("fails failed: OSError: read-only", None)
