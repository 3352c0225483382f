"""Which rows each list of the project holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Event, Generation, PollerLease, Review
from generations.models.querysets import can_view_all, can_view_costs
from generations.staff.review import record_review
from tests.conftest import person

pytestmark = pytest.mark.django_db


def test_before_review_the_gallery_of_others_shows_approved_ones_only(
    stranger: Any, reviewer: Any, make_generation: Any, settings: Any
) -> None:
    settings.WANSTUDIO_SHARING = "everyone"
    settings.WANSTUDIO_REVIEW = "before"
    row = make_generation("succeeded")
    assert row not in Generation.objects.visible_to(stranger)
    record_review(row, Review.APPROVED, by=reviewer, seen="never")
    assert row in Generation.objects.visible_to(stranger)


def test_every_row_is_settled_or_not(make_generation: Any) -> None:
    rows = {status: make_generation(status) for status in ("queued", "unconfirmed", "failed")}
    assert list(Generation.objects.settled()) == [rows["failed"]]
    assert set(Generation.objects.unsettled()) == {rows["queued"], rows["unconfirmed"]}


def test_a_save_belongs_to_who_claimed_it_until_the_lease_is_over(make_generation: Any) -> None:
    now = timezone.now()
    past, future = now - timedelta(seconds=1), now + timedelta(minutes=1)
    waits = make_generation("storing", due_at=past)
    lost = make_generation("storing", due_at=past, claimed_at=past)
    make_generation("storing", due_at=future, claimed_at=past)
    make_generation("storing", due_at=future)
    assert list(Generation.objects.due_stores(now)) == [waits]
    assert list(Generation.objects.overdue_stores(now)) == [lost]


def test_a_place_is_held_by_what_the_service_may_still_count(make_generation: Any) -> None:
    now = timezone.now()
    ago = {hours: now - timedelta(hours=hours) for hours in (1, 2, 4)}
    make_generation("running", submitted_at=now)
    make_generation("running", submitted_at=ago[2])  # late
    make_generation("running", submitted_at=ago[4])  # it will never end
    make_generation("unconfirmed", submitted_at=now)
    make_generation("unconfirmed", submitted_at=ago[1])
    make_generation("queued")
    line = ("sandbox", "wan2.2-t2v-plus")
    assert Generation.objects.count_places(now) == {line: (3, 1)}


@pytest.mark.parametrize(
    ("rights", "staff", "sees"),
    [
        (["view_generation"], True, (True, False)),
        (["view_generation"], False, (False, False)),
        (["view_spend"], True, (False, True)),
        (["repair_generation"], True, (False, True)),
        (["repair_generation"], False, (False, False)),
        ([], True, (False, False)),
    ],
)
def test_being_staff_alone_shows_nothing_nor_does_a_right_alone(
    db: None, rights: list[str], staff: bool, sees: tuple[bool, bool]
) -> None:
    somebody = person("somebody", *rights, staff=staff)
    assert (can_view_all(somebody), can_view_costs(somebody)) == sees


def test_who_asks_wakes_a_poller_only_while_none_runs(
    owner: Any, django_capture_on_commit_callbacks: Any
) -> None:
    wish = {"provider": "sandbox", "model": "m", "prompt": "A fox", "size": "832x480"}
    with django_capture_on_commit_callbacks() as submit_and_poller:
        row = Generation.objects.create_queued(owner=owner, **wish)
    assert [(event.kind, event.by) for event in Event.objects.all()] == [("queued", owner)]
    assert (row.status, len(submit_and_poller)) == ("queued", 2)
    with django_capture_on_commit_callbacks() as waking:
        Generation.objects.ensure_poller()
        assert PollerLease.objects.acquire()
        Generation.objects.ensure_poller()
    assert len(waking) == 1
