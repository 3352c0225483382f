"""What each answer to a submit does to the row, and to its throttle."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import (
    FOREVER,
    Generation,
    PollerLease,
    Status,
    SubmitThrottle,
    claim_submit,
)
from generations.providers import providers
from generations.providers.errors import OutcomeUnknownError
from generations.tasks.submit import send, submit_queued
from tests.emulator import Emulator
from tests.tasks.conftest import THROTTLE, Ask, sent, throttle

pytestmark = pytest.mark.django_db

JSON = {"Content-Type": "application/json"}
AN_ID_AND_AN_ERROR = '{"output": {"task_id": "perhaps"}, "code": "InternalError"}'


@pytest.mark.parametrize(
    ("fault", "code"), [("400", "input"), ("413", "too_large"), ("content", "content")]
)
def test_a_refused_request_fails_and_stops_nobody_else(
    fault: str, code: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    refused, other = ask("first"), ask("second", created=timezone.now() + timedelta(seconds=1))

    refused = sent(refused)
    other.refresh_from_db()

    assert (refused.status, refused.error_code) == ("failed", code)
    assert other.status == "running"


ACCOUNT = [
    "401",
    "402",
    "403",
    "arrearage",
    "overdue",
    "free tier",
    "unpurchased",
    "quoted arrearage",
    "200 credits",
]
MODEL = ["404", "model denied", "model missing"]


@pytest.mark.parametrize("fault", ACCOUNT + MODEL)
def test_a_refused_account_pauses_the_line_and_the_row_waits(
    fault: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)

    row = sent(ask())
    submit_queued(*THROTTLE)

    assert len(service.creates) == 1
    assert row.status == "queued"
    assert row.submitted_at is None
    assert row.error_code in {"auth", "billing", "quota", "access"}
    assert throttle().paused_until == FOREVER


def test_a_resumed_line_sends_the_row_that_met_the_refusal(
    service: Emulator, ask: Ask, operator: Any
) -> None:
    service.fail("create", "arrearage")
    row = sent(ask())

    throttle().resume(by=operator)
    row = sent(row)

    assert row.status == "running"
    assert service.charged == 1


@pytest.mark.parametrize("fault", ["429", "503"])
def test_a_busy_service_gets_the_row_later(fault: str, service: Emulator, ask: Ask) -> None:
    service.fail("create", fault)
    row = sent(ask())
    assert row.status == "queued"

    submit_queued(*THROTTLE)
    assert len(service.creates) == 1

    SubmitThrottle.objects.update(next_at=timezone.now())
    assert sent(row).status == "running"


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("429 seconds", 1, 3),
        ("429 huge", 590, 601),
        ("429 date", 590, 601),
        ("429 negative", 20, 31),
        ("429 past date", 0, 31),
        ("429 nonsense", 20, 31),
    ],
)
def test_retry_after_is_kept_in_both_forms_up_to_ten_minutes(
    fault: str, least: float, most: float, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    before = timezone.now()
    sent(ask())

    next_at = throttle().next_at
    assert before + timedelta(seconds=least) <= next_at
    assert next_at <= timezone.now() + timedelta(seconds=most)


def test_a_service_that_is_not_there_gets_the_row_later(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    service.stop()

    row = sent(ask())

    assert row.status == "queued"
    assert throttle().failures == 1


def test_five_lost_answers_in_a_row_stop_the_sending(service: Emulator, ask: Ask) -> None:
    service.fail("create", "502 html", times=None)
    for number in range(8):
        ask(f"boat {number}")

    for _ in range(8):
        with suppress(OutcomeUnknownError):
            submit_queued(*THROTTLE)

    assert len(service.creates) == 5
    assert Generation.objects.queued().count() == 3


@pytest.mark.parametrize("fault", ["400", "401", "429"])
def test_a_refusal_that_comes_after_the_lease_leaves_the_doubt_and_is_told(
    fault: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    row.refresh_from_db()
    assert row.status == "unconfirmed"
    assert fault in row.events.get(kind="late_answer").note


def test_an_id_that_comes_for_a_row_with_another_is_told(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    elsewhere = Generation.objects.get(pk=row.pk)
    elsewhere.transition(Status.UNCONFIRMED)
    elsewhere.transition(Status.RUNNING, due_at=timezone.now(), remote_id="attached by staff")

    send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    row.refresh_from_db()
    assert row.remote_id == "attached by staff"
    [late] = service.tasks
    assert late in row.events.get(kind="late_answer").note


def test_an_id_that_comes_after_the_lease_is_adopted(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    row.refresh_from_db()
    assert row.status == "running"
    assert row.remote_id in service.tasks


def test_an_id_beside_a_doubtful_answer_after_the_lease_is_shown_to_staff_too(
    service: Emulator, ask: Ask
) -> None:
    service.fail("create", status=500, body=AN_ID_AND_AN_ERROR, headers=JSON)
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    with suppress(OutcomeUnknownError):
        send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    told = row.events.get(kind="late_answer")
    assert told.data == {"remote_id": "perhaps"}
    assert "perhaps" in told.note


def test_an_id_that_another_row_owns_is_doubt(
    service: Emulator, ask: Ask, make_generation: Any
) -> None:
    make_generation(status="running", provider="dashscope", remote_id="twice")
    row = ask()
    answer = '{"output": {"task_id": "twice", "task_status": "PENDING"}}'
    service.fail("create", status=200, body=answer, headers=JSON)

    assert sent(row).status == "unconfirmed"


def test_who_accepted_sees_that_somebody_watches(
    service: Emulator, ask: Ask, django_capture_on_commit_callbacks: Any
) -> None:
    row = ask()
    assert PollerLease.objects.is_free()

    with django_capture_on_commit_callbacks() as enqueued:
        sent(row)

    assert enqueued


def test_an_id_beside_a_doubtful_answer_is_shown_to_staff(service: Emulator, ask: Ask) -> None:
    service.fail("create", status=500, body=AN_ID_AND_AN_ERROR, headers=JSON)

    row = sent(ask())

    assert (row.status, row.remote_id) == ("unconfirmed", None)
    assert row.events.get(kind="unconfirmed").data == {"remote_id": "perhaps"}
