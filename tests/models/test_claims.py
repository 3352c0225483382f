"""Who gets a row: one of many, in fair turn, and only while there are places."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from generations.models import (
    Generation,
    Status,
    claim_polls,
    claim_store,
    claim_submit,
    queue_positions,
)
from tests.at_once import at_once
from tests.conftest import person

THROTTLE = {"provider": "p", "model": "m"}


def next_claim(max_open: int = 2, submit_every: float = 0) -> Generation | None:
    return claim_submit("p", "m", max_open=max_open, submit_every=submit_every)


def served(count: int, max_open: int) -> list[Any]:
    """Whose rows the next `count` claims take; the service finishes the oldest when it is full."""
    owners = []
    for _ in range(count):
        running = Generation.objects.running().order_by("submitted_at")
        if running.count() >= max_open:
            running[0].transition(Status.FAILED, error_code="provider")
        row = next_claim(max_open)
        row.mark_running(f"remote-{row.pk}", endpoint="", due_at=timezone.now())
        owners.append(row.owner_id)
    return owners


@pytest.mark.django_db
class TestTurns:
    def test_the_oldest_is_sent_first(self, make_generation: Any) -> None:
        now = timezone.now()
        make_generation(**THROTTLE, created=now)
        old = make_generation(**THROTTLE, created=now - timedelta(hours=1))

        assert next_claim() == old

    def test_who_has_least_at_the_service_is_next(
        self, make_generation: Any, owner: Any, stranger: Any
    ) -> None:
        make_generation(**THROTTLE, owner=owner, status="running")
        make_generation(**THROTTLE, owner=owner, created=timezone.now() - timedelta(hours=1))
        newcomer = make_generation(**THROTTLE, owner=stranger)

        assert next_claim() == newcomer

    @pytest.mark.parametrize(("heavy", "max_open"), [(1, 1), (2, 2), (3, 2)])
    def test_who_comes_late_is_next_however_much_others_have_queued(
        self, heavy: int, max_open: int, make_generation: Any, owner: Any
    ) -> None:
        people = [person(f"heavy {number}") for number in range(heavy)]
        nine = timezone.now() - timedelta(hours=1)
        for number in range(20):
            for one in people:
                make_generation(**THROTTLE, owner=one, created=nine + timedelta(seconds=number))
        first = served(6, max_open)
        late = make_generation(**THROTTLE, owner=owner, created=nine + timedelta(minutes=1))

        assert served(1, max_open) == [late.owner_id]
        assert set(first) == {one.pk for one in people}

    def test_turns_go_round(self, make_generation: Any, owner: Any, stranger: Any) -> None:
        for one in (owner, owner, owner, stranger, stranger, stranger):
            make_generation(**THROTTLE, owner=one)

        assert served(6, max_open=1) == [owner.pk, stranger.pk] * 3

    def test_who_was_served_before_anybody_waited_loses_no_turn(
        self, make_generation: Any, owner: Any, stranger: Any
    ) -> None:
        make_generation(**THROTTLE, owner=owner, status="failed")
        make_generation(**THROTTLE, owner=owner)
        make_generation(**THROTTLE, owner=stranger)

        assert served(2, max_open=1) == [owner.pk, stranger.pk]

    def test_who_comes_late_has_few_ahead_and_who_queued_many_has_all(
        self, make_generation: Any, owner: Any, stranger: Any
    ) -> None:
        heavy = [make_generation(**THROTTLE, owner=stranger) for _ in range(9)]
        late = [make_generation(**THROTTLE, owner=owner) for _ in range(3)]

        ahead = queue_positions([*late, *heavy])
        assert [ahead[row.pk] for row in late] == [1, 3, 5]
        assert [ahead[row.pk] for row in heavy[:4]] == [0, 2, 4, 6]
        assert ahead[heavy[8].pk] == 11

    def test_others_in_line_are_counted_once_for_all_who_ask_at_a_time(
        self, make_generation: Any, owner: Any, stranger: Any, monkeypatch: pytest.MonkeyPatch,
        django_assert_num_queries: Any,
    ) -> None:  # fmt: skip
        monkeypatch.setattr("generations.models.claims.QUEUE_CACHE_SECONDS", 600)
        mine, other = (
            make_generation(**THROTTLE, owner=owner),
            make_generation(**THROTTLE, owner=stranger),
        )
        with django_assert_num_queries(2):
            queue_positions([mine])

        with django_assert_num_queries(1):
            assert queue_positions([other]) == {other.pk: 1}

    def test_a_claimed_row_is_committed_as_sending_with_a_lease(self, make_generation: Any) -> None:
        make_generation(**THROTTLE, error_code="rate")

        row = next_claim()

        row.refresh_from_db()
        assert row.status == Status.SUBMITTING
        assert row.error_code == ""
        assert row.due_at - row.submitted_at == timedelta(seconds=75)

    @pytest.mark.parametrize("status", ["running", "submitting"])
    def test_no_place_no_turn(self, status: str, make_generation: Any) -> None:
        make_generation(**THROTTLE, status=status)
        make_generation(**THROTTLE)

        assert next_claim(max_open=1) is None

    def test_doubt_holds_a_place_for_ten_minutes(self, make_generation: Any) -> None:
        row = make_generation(**THROTTLE, status="unconfirmed", submitted_at=timezone.now())
        make_generation(**THROTTLE)
        assert next_claim(max_open=1) is None

        Generation.objects.filter(pk=row.pk).update(
            submitted_at=timezone.now() - timedelta(minutes=11)
        )

        assert next_claim(max_open=1)

    def test_a_lane_without_a_place_is_not_closed_by_asking(self, make_generation: Any) -> None:
        blocker = make_generation(**THROTTLE, status="running")
        make_generation(**THROTTLE)
        assert next_claim(max_open=1, submit_every=600) is None
        blocker.transition(Status.FAILED, error_code="provider")

        assert next_claim(max_open=1, submit_every=600)

    def test_two_sends_keep_their_distance(self, make_generation: Any) -> None:
        make_generation(**THROTTLE)
        make_generation(**THROTTLE)
        first = next_claim(max_open=9, submit_every=60)
        first.transition(Status.FAILED, error_code="input")

        assert next_claim(max_open=9, submit_every=60) is None

    def test_lanes_do_not_wait_for_each_other(self, make_generation: Any) -> None:
        make_generation(**THROTTLE, status="submitting")
        other = make_generation(provider="p", model="other")

        claimed = claim_submit("p", "other", max_open=1, submit_every=60)

        assert claimed == other


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_many_workers_one_sends(self, make_generation: Any) -> None:
        for _ in range(4):
            make_generation(**THROTTLE)

        claims = [row for row in at_once(8, lambda _: next_claim(max_open=9)) if row]

        assert len(claims) == 1
        assert Generation.objects.filter(status=Status.SUBMITTING).count() == 1

    def test_every_row_is_claimed_once(self, make_generation: Any) -> None:
        rows = {make_generation(**THROTTLE).pk for _ in range(40)}
        claimed: list[Any] = []

        def work(_: int) -> None:
            for _ in range(60):
                if row := next_claim(max_open=1000):
                    claimed.append(row.pk)
                    row.mark_running(f"remote-{row.pk}", endpoint="", due_at=timezone.now())

        at_once(6, work)
        while row := next_claim(max_open=1000):
            claimed.append(row.pk)
            row.mark_running(f"remote-{row.pk}", endpoint="", due_at=timezone.now())

        assert len(claimed) == len(set(claimed))
        assert set(claimed) == rows

    def test_of_many_stores_one_gets_the_row(self, make_generation: Any) -> None:
        row = make_generation(status="storing")

        claims = at_once(8, lambda _: claim_store(row.pk))

        assert len([claim for claim in claims if claim]) == 1

    def test_cancel_or_send_but_never_both(self, make_generation: Any, owner: Any) -> None:
        for _ in range(10):
            row = make_generation(**THROTTLE)
            calls = (partial(fresh(row).cancel, by=owner), next_claim)
            outcomes = at_once(2, lambda number, calls=calls: calls[number]())
            row.refresh_from_db()
            assert sum(bool(outcome) for outcome in outcomes) == 1
            if row.status == "submitting":
                row.transition(Status.FAILED, error_code="input")


def fresh(row: Generation) -> Generation:
    return Generation.objects.get(pk=row.pk)


@pytest.mark.django_db
class TestPolls:
    def test_a_claim_sets_the_next_look(self, make_generation: Any) -> None:
        make_generation(status="running")
        now = timezone.now()
        until = now + timedelta(seconds=3)

        assert claim_polls(Generation.objects.all(), now, until, limit=10)
        assert not claim_polls(Generation.objects.all(), now, until, limit=10)
        assert claim_polls(Generation.objects.all(), until, until + timedelta(seconds=3), limit=10)

    def test_a_clock_set_back_holds_nothing_up(self, make_generation: Any) -> None:
        make_generation(status="running", due_at=timezone.now() + timedelta(hours=1))

        assert Generation.objects.due().count() == 1
