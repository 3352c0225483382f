"""A disk that is too small for another video: nothing is paid for that could not be saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations import wording
from generations.models import Event, SubmitThrottle
from generations.staff.alerts import unreachable
from generations.tasks.dispatcher import ready_throttles
from generations.tasks.submit import submit_queued
from generations.views.queue_position import QueuePositions
from tests.emulator import Emulator
from tests.tasks.conftest import Ask

pytestmark = pytest.mark.django_db


def full(settings: Any) -> None:
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9


def test_nothing_is_sent_and_the_page_and_staff_are_told_why(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    row, _ = ask(), full(settings)
    for _ in range(2):
        submit_queued(row.provider, row.model)

    row.refresh_from_db()
    assert not service.charged
    assert (row.status, row.submitted_at) == ("queued", None)
    said = wording.state(row, QueuePositions([row]).place_of(row))
    assert said.sentence.startswith("The studio's disk is too full")
    [throttle] = unreachable()
    assert throttle.pause_code == "disk"
    assert "MB free" in throttle.pause_detail
    [event] = Event.objects.filter(kind="paused")
    assert event.data["code"] == "disk"
    assert not ready_throttles()


def test_it_goes_on_by_itself_when_there_is_room(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    reserve = settings.WANSTUDIO_DISK_RESERVE_MB
    row, _ = ask(), full(settings)
    submit_queued(row.provider, row.model)
    settings.WANSTUDIO_DISK_RESERVE_MB = reserve
    SubmitThrottle.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    assert ready_throttles()

    submit_queued(row.provider, row.model)

    row.refresh_from_db()
    assert (row.status, service.charged) == ("running", 1)
    assert not unreachable()
    assert Event.objects.filter(kind="resumed", by=None).count() == 1


def test_what_staff_must_fix_stays_paused_whatever_the_disk_does(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    row, reserve = ask(), settings.WANSTUDIO_DISK_RESERVE_MB
    SubmitThrottle.objects.pause(
        row.provider, row.model, whole_service=True, code="auth", detail="key"
    )
    full(settings)
    submit_queued(row.provider, row.model)
    settings.WANSTUDIO_DISK_RESERVE_MB = reserve
    submit_queued(row.provider, row.model)

    throttle = SubmitThrottle.objects.get()
    assert (throttle.is_paused, throttle.pause_code) == (True, "auth")
    assert not service.charged
