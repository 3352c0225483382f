"""One sign of life for all workers together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db


def test_nobody_is_at_work_until_a_worker_was_seen_and_90_seconds_after() -> None:
    now = timezone.now()
    assert not WorkerHeartbeat.objects.is_recent()
    for seconds, recent in ((0, True), (60, True), (91, False)):
        WorkerHeartbeat.objects.record(now - timedelta(seconds=seconds))
        assert WorkerHeartbeat.objects.is_recent() == recent


def test_all_workers_share_one_row() -> None:
    now = timezone.now()
    for seconds in (0, 15):
        WorkerHeartbeat.objects.record(now + timedelta(seconds=seconds))
    assert WorkerHeartbeat.objects.last_seen() == now + timedelta(seconds=15)
    assert WorkerHeartbeat.objects.count() == 1


def test_housekeeping_is_begun_by_one_caller_per_period() -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.record(now)

    assert WorkerHeartbeat.objects.claim_housekeeping(timedelta(minutes=10), now)
    assert not WorkerHeartbeat.objects.claim_housekeeping(timedelta(minutes=10), now)
    later = now + timedelta(minutes=10)
    assert WorkerHeartbeat.objects.claim_housekeeping(timedelta(minutes=10), later)


def test_a_clock_that_was_set_back_does_not_stop_housekeeping() -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.record(now)
    assert WorkerHeartbeat.objects.claim_housekeeping(
        timedelta(minutes=10), now + timedelta(days=1)
    )
    assert WorkerHeartbeat.objects.claim_housekeeping(timedelta(minutes=10), now)
