"""Tasks that never end hold their places for three hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from generations.models import (
    Event,
    Generation,
)
from tests.conftest import person
from tests.emulator import Emulator
from tests.tasks.conftest import Ask, send, settle_on

pytestmark = pytest.mark.django_db

HELD_UP = (
    "Waiting: earlier videos take much longer than usual at the provider.",
    "等待中：之前的视频在服务商处用时远超平常。",
)


@pytest.fixture
def stuck(service: Emulator, ask: Ask, settings: Any) -> list[Generation]:
    """Two that hold both places and do not end."""
    settle_on(settings, max_open=2)
    rows = [send(ask("first")), send(ask("second"))]
    for task in list(service.tasks):
        service.freeze(task, "running")
    return rows


def sent_ago(rows: list[Generation], **time: float) -> None:
    Generation.objects.filter(pk__in=[row.pk for row in rows]).update(
        submitted_at=timezone.now() - timedelta(**time)
    )


def test_two_that_never_end_hold_their_places_for_three_hours(
    service: Emulator, ask: Ask, stuck: list[Generation], says: Any, page: Any
) -> None:
    waiting = send(ask("third"), times=2)
    assert "take much longer" not in page(waiting)

    sent_ago(stuck, hours=2, minutes=59)
    assert send(waiting).status == "queued"
    assert says(waiting, HELD_UP)

    sent_ago(stuck, hours=3)
    assert send(waiting).status == "running"
    assert len(service.creates) == 3
    assert Generation.objects.running().count() == 3  # and the late ones are asked about as before


def test_an_operator_who_calls_late_what_runs_for_four_hours_waits_four(
    service: Emulator, ask: Ask, stuck: list[Generation], settings: Any
) -> None:
    settings.WANSTUDIO_LATE_MINUTES = 240
    sent_ago(stuck, hours=3, minutes=59)
    assert send(ask("third")).status == "queued"

    sent_ago(stuck, hours=4)
    assert send(Generation.objects.queued().get()).status == "running"


def test_staff_may_release_a_place_sooner(
    service: Emulator, ask: Ask, stuck: list[Generation], client: Any, attention: Any
) -> None:
    sent_ago(stuck, minutes=40)
    waiting = send(ask("third"))
    assert waiting.status == "queued"
    assert "first" in attention()  # late, and there is a repair on its page

    mechanic = person("mechanic", "view_generation", "repair_generation", staff=True)
    client.force_login(mechanic)
    shown = client.get(reverse("admin:generations_generation_change", args=[stuck[0].pk]))
    url = reverse("admin:generations_repair", args=[stuck[0].pk, "release-place"])
    assert url in shown.content.decode()
    for _ in range(2):  # pressed twice
        client.post(url, {"why": "hangs since noon"})

    stuck[0].refresh_from_db()
    assert stuck[0].status == "running"
    [event] = Event.objects.filter(kind="place_released")
    assert (event.generation_id, event.by, event.note) == (
        stuck[0].pk, mechanic, "hangs since noon",
    )  # fmt: skip
    assert send(waiting).status == "running"
    assert send(ask("fourth"), times=2).status == "queued"
    assert len(service.creates) == 3
