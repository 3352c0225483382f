"""Which saves a worker takes, in which order, and how many at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from generations.models import Generation, claim_store
from generations.tasks import store_queue
from generations.tasks.store_queue import MAX_STORES, store_due
from generations.worker import heartbeat, semaphore
from tests.emulator import Emulator
from tests.tasks.conftest import finished_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(service: Emulator, ask: Callable[..., Generation]) -> Generation:
    return finished_row(ask, service)


def test_all_that_is_due_is_saved_by_one_task_the_first_to_expire_first(
    row: Generation, service: Emulator, ask: Callable[..., Generation]
) -> None:
    older = finished_row(ask, service)
    Generation.objects.filter(pk=older.pk).update(submitted_at=timezone.now() - timedelta(hours=9))

    store_due()

    downloads = [seen.task for seen in service.asked("download")]
    assert downloads == [older.remote_id, row.remote_id]
    assert Generation.objects.succeeded().count() == 2


def test_a_save_that_fails_leaves_the_others_to_whoever_looks_next(
    row: Generation, service: Emulator, ask: Callable[..., Generation]
) -> None:
    other = finished_row(ask, service)
    service.fail("download", "404", times=1)

    store_due()

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.error_code, other.error_code) == ("save", "")
    assert claim_store(other.pk)


def test_a_cluster_saves_no_more_at_once_than_leaves_a_poller_and_a_send_their_workers(
    row: Generation, service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
    assert MAX_STORES == django_settings.WANSTUDIO_WORKERS - 2
    with ExitStack() as saves:
        for _ in range(MAX_STORES):
            saves.enter_context(semaphore.acquire(MAX_STORES))
        store_due()
        assert not service.asked("download")

    store_due()

    row.refresh_from_db()
    assert row.status == "succeeded"


def test_a_machine_without_room_leaves_saves_to_others_for_a_minute_and_then_says_why(
    row: Generation, service: Emulator, settings: Any
) -> None:
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    store_due()
    row.refresh_from_db()
    assert (row.error_code, row.claimed_at) == ("", None)

    Generation.objects.update(due_at=timezone.now() - store_queue.LEFT_TO_OTHERS)
    store_due()

    row.refresh_from_db()
    assert row.error_code == "save"
    assert "MB free" in row.error_detail
    assert not service.asked("download")
