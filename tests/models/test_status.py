"""The state machine as it is written down."""

from __future__ import annotations

from datetime import timedelta

from generations.models import ENDED, NEXT, OPEN, Status
from generations.models.status import submit_lease


def test_a_row_that_was_sent_never_goes_back_in_line_but_from_sending() -> None:
    assert [old for old in NEXT if Status.QUEUED in NEXT[old]] == [Status.SUBMITTING]
    assert [old for old in NEXT if Status.SUBMITTING in NEXT[old]] == [Status.QUEUED]


def test_every_status_has_its_ways_and_is_either_open_or_at_an_end() -> None:
    assert set(NEXT) == OPEN | ENDED == set(Status)
    assert not OPEN & ENDED
    assert {status for status in Status if not NEXT[status]} < ENDED


def test_who_sends_a_picture_may_take_longer() -> None:
    assert submit_lease(with_upload=False) == timedelta(seconds=75)
    assert submit_lease(with_upload=True) == timedelta(seconds=375)
