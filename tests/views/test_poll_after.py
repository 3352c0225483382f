"""When an open page asks again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation
from generations.views.poll_after import (
    APPLIED,
    EVERY,
    IDLE,
    LONGEST,
    SPREAD,
    WAITING,
    poll_after,
)

NOW = timezone.now()


def row(status: str, *, due: float = 0, **fields: Any) -> Generation:
    return Generation(
        status=status, provider="dashscope", due_at=NOW + timedelta(seconds=due), **fields
    )


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def about(seconds: float) -> Any:
    """`seconds`, and the spread that keeps a thousand pages from asking in one moment."""
    spread = max(SPREAD, seconds / 10)
    return pytest.approx(seconds + spread / 2, abs=spread / 2 + 0.001)


@pytest.mark.parametrize(
    ("due", "seconds"),
    [(2.0, 2.0), (3.0, 3.0), (0.2, 3.2), (45.0, 45.0), (900.0, LONGEST - APPLIED)],
)
def test_a_page_follows_the_polls_of_its_video_about_every_three_seconds(
    due: float, seconds: float
) -> None:
    assert poll_after([row("running", due=due)], NOW) == about(seconds + APPLIED)


@pytest.mark.parametrize(("late", "seconds"), [(1, EVERY), (8, 8 - APPLIED), (600, IDLE)])
def test_while_the_poller_is_late_it_is_asked_later_and_later(late: float, seconds: float) -> None:
    assert poll_after([row("running", due=-late)], NOW) == about(seconds)


@pytest.mark.parametrize(("since", "seconds"), [(0.1, 0.4), (3.0, 1.5), (50, EVERY)])
def test_while_a_video_is_saved_it_asks_soon_and_then_later(since: float, seconds: float) -> None:
    claimed = row("storing", due=40, claimed_at=ago(since))
    waiting = row("storing", due=-since)
    assert poll_after([claimed], NOW) == about(seconds)
    assert poll_after([waiting], NOW) == about(seconds)


def test_a_save_that_is_tried_again_is_asked_about_then() -> None:
    assert poll_after([row("storing", due=9)], NOW) == about(9)


@pytest.mark.parametrize(("since", "seconds"), [(1, EVERY), (7, 7), (600, WAITING)])
def test_what_waits_to_be_sent_is_asked_about_rarely(since: float, seconds: float) -> None:
    assert poll_after([row("queued", created=ago(since))], NOW) == about(seconds)


def test_several_cards_share_one_question_and_ask_no_more_often_than_three_seconds() -> None:
    soon = [row("storing", claimed_at=ago(1)), row("running", due=1.5)]
    assert poll_after(soon, NOW) == about(EVERY)
    rare = [row("running", due=30), row("running", due=50), row("succeeded")]
    assert poll_after(rare, NOW) == about(30 + APPLIED)


def test_a_page_that_shows_nothing_open_asks_rarely() -> None:
    assert poll_after([row("succeeded"), row("unconfirmed")], NOW) == about(IDLE)
    assert poll_after([], NOW) == about(IDLE)


def test_a_video_of_a_service_that_is_not_set_up_is_followed_too() -> None:
    gone = row("running", due=4)
    gone.provider = "gone"
    assert poll_after([gone], NOW) == about(4 + APPLIED)
