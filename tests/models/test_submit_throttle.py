"""Spacing, breaker and pause of a line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import FOREVER, Event, SubmitThrottle

pytestmark = pytest.mark.django_db


def throttle(model: str = "m") -> SubmitThrottle:
    return SubmitThrottle.objects.at("p", model)


def can_send(row: SubmitThrottle, after: float = 0) -> bool:
    return row.acquire(0, timezone.now() + timedelta(seconds=after))


def test_four_failures_in_a_row_stop_nothing() -> None:
    row = throttle()
    for _ in range(4):
        row.record_failure()

    assert can_send(row)


def test_the_fifth_failure_pauses_for_half_a_minute() -> None:
    row = throttle()
    for _ in range(5):
        row.record_failure()

    assert not can_send(row)
    assert not can_send(row, after=25)
    assert can_send(row, after=31)


def test_a_failed_probe_pauses_longer() -> None:
    row = throttle()
    for _ in range(6):
        row.record_failure()

    assert not can_send(row, after=31)
    assert can_send(row, after=61)


def test_no_breaker_pause_is_longer_than_ten_minutes() -> None:
    row = throttle()
    for _ in range(60):
        row.record_failure()

    assert can_send(row, after=601)


def test_one_success_closes_the_breaker() -> None:
    row = throttle()
    for _ in range(5):
        row.record_failure()

    row.record_success()

    assert can_send(row)
    row.refresh_from_db()
    assert row.failures == 0


def test_a_refused_account_pauses_every_model_until_a_person_resumes(operator: Any) -> None:
    first, second = throttle("a"), throttle("b")
    SubmitThrottle.objects.pause("p", "a", whole_service=True, code="auth", detail="wrong key")

    assert not can_send(first, after=86_400 * 365)
    assert not can_send(second)
    assert SubmitThrottle.objects.paused().count() == 2

    first.resume(by=operator)

    assert can_send(first)
    assert can_send(second)
    assert Event.objects.filter(kind="resumed", by=operator).count() == 1


def test_a_line_paused_for_another_cause_stays_paused() -> None:
    first, second = throttle("a"), throttle("b")
    SubmitThrottle.objects.pause(
        "p", "a", whole_service=False, code="access", detail="no such model"
    )
    SubmitThrottle.objects.pause("p", "b", whole_service=False, code="quota", detail="used up")

    first.resume()

    assert can_send(first)
    assert not can_send(second)


def test_a_refused_model_pauses_that_model_alone() -> None:
    throttle("a"), throttle("b")
    SubmitThrottle.objects.pause(
        "p", "a", whole_service=False, code="access", detail="no such model"
    )

    assert not can_send(throttle("a"))
    assert can_send(throttle("b"))


def test_a_pause_is_written_down_once() -> None:
    for _ in range(3):
        SubmitThrottle.objects.pause("p", "m", whole_service=True, code="auth", detail="wrong key")

    assert Event.objects.filter(kind="paused").count() == 1


def test_a_success_that_comes_late_does_not_undo_a_pause() -> None:
    row = throttle()
    row.record_failure()
    row.refresh_from_db()
    SubmitThrottle.objects.pause("p", "m", whole_service=True, code="auth", detail="wrong key")

    row.record_success()

    row.refresh_from_db()
    assert row.paused_until == FOREVER


def test_a_wait_is_kept_and_never_longer_than_ten_minutes() -> None:
    row = throttle()
    row.postpone(999_999_999)

    assert not can_send(row, after=590)
    assert can_send(row, after=601)


def test_a_clock_set_back_by_an_hour_does_not_close_the_lane() -> None:
    row = throttle()
    SubmitThrottle.objects.update(next_at=timezone.now() + timedelta(hours=1))

    assert can_send(row)


def test_a_line_remembers_what_failed_last_until_it_works() -> None:
    row = throttle()
    for number in range(5):
        assert not row.is_in_outage
        row.record_failure("unreachable", f"try {number}")

    assert row.is_in_outage
    assert list(SubmitThrottle.objects.in_outage()) == [row]
    assert (row.pause_code, row.pause_detail) == ("unreachable", "try 4")

    row.record_success()

    row.refresh_from_db()
    assert (row.pause_code, row.pause_detail, row.is_in_outage) == ("", "", False)


def test_a_failure_does_not_rewrite_why_staff_must_act() -> None:
    row = throttle()
    SubmitThrottle.objects.pause("p", "m", whole_service=True, code="auth", detail="wrong key")

    for _ in range(6):
        row.record_failure("unreachable", "closed port")

    row.refresh_from_db()
    assert (row.pause_code, row.pause_detail) == ("auth", "wrong key")
    assert not row.is_in_outage and not SubmitThrottle.objects.in_outage().exists()


def test_a_quota_rests_for_a_minute_ten_times() -> None:
    row = throttle()
    assert [row.quota_refused("used up") for _ in range(11)] == [True] * 10 + [False]
    assert not row.is_in_outage and not SubmitThrottle.objects.in_outage().exists()


def test_quotas_and_outages_are_counted_apart() -> None:
    row = throttle()
    for _ in range(9):
        row.record_failure("unreachable", "closed port")
    assert row.quota_refused("used up")
    assert row.failures == 1

    row.record_failure("unreachable", "closed port")
    assert (row.failures, row.is_in_outage) == (1, False)
