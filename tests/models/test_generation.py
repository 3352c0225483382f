"""Every arrow there is, every one there is not, and what the database refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from generations.models import ENDED, NEXT, BillingState, Event, Generation, Status, claim_submit
from generations.staff.repair import attach, check_again

pytestmark = pytest.mark.django_db

NEEDS_VIDEO = {Status.SUCCEEDED: {"video": "videos/x.mp4"}}
NEEDS_ID = {Status.RUNNING, Status.STORING, Status.SUCCEEDED}


def arrive(row: Generation, status: Status) -> bool:
    """Move with the least that the constraints of `status` want."""
    due_at = None if status in ENDED else timezone.now()
    changes: dict[str, Any] = dict(NEEDS_VIDEO.get(status, {}))
    if status in NEEDS_ID:
        changes["remote_id"] = "remote-1"
    return row.transition(status, due_at=due_at, **changes)


ARROWS = [(old, new) for old in NEXT for new in Status if new in NEXT[old]]
MISSING = [(old, new) for old in Status for new in Status if new not in NEXT[old]]


@pytest.mark.parametrize(("old", "new"), ARROWS)
def test_every_arrow_can_be_gone(old: Status, new: Status, make_generation: Any) -> None:
    row = make_generation(status=old)

    assert arrive(row, new)

    row.refresh_from_db()
    assert row.status == new
    assert (row.finished_at is not None) == (new in ENDED)


@pytest.mark.parametrize(("old", "new"), MISSING)
def test_there_is_no_other_way(old: Status, new: Status, make_generation: Any) -> None:
    row = make_generation(status=old)

    with pytest.raises(ValueError, match="no way from"):
        arrive(row, new)

    row.refresh_from_db()
    assert row.status == old


def test_a_change_of_status_writes_one_event(make_generation: Any, owner: Any) -> None:
    row = make_generation(status="queued")

    row.cancel(by=owner)

    assert [(e.kind, e.by) for e in row.events.all()] == [("canceled", owner)]


def test_staying_in_a_status_writes_no_event(make_generation: Any) -> None:
    row = make_generation(status="running")

    assert row.transition(Status.RUNNING, due_at=timezone.now(), progress=30)

    assert not Event.objects.exists()


def test_who_comes_late_overwrites_nothing(make_generation: Any) -> None:
    row = make_generation(status="submitting")
    late = Generation.objects.get(pk=row.pk)
    assert row.transition(Status.UNCONFIRMED)

    assert not late.transition(Status.FAILED, error_code="input")

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("unconfirmed", "")


def test_a_renewed_claim_fences_off_the_one_before(make_generation: Any) -> None:
    row = make_generation(status="storing")
    before = Generation.objects.get(pk=row.pk)
    assert row.extend_lease(timezone.now() + timedelta(seconds=60))

    assert not before.extend_lease(timezone.now() + timedelta(seconds=60))
    assert not before.transition(Status.FAILED, error_code="expired")


def test_an_id_in_hand_beats_doubt(make_generation: Any) -> None:
    row = make_generation(status="submitting")
    elsewhere = Generation.objects.get(pk=row.pk)
    elsewhere.transition(Status.UNCONFIRMED)

    assert row.mark_running("late-id", endpoint="http://service", due_at=timezone.now())

    row.refresh_from_db()
    assert (row.status, row.remote_id, row.endpoint) == ("running", "late-id", "http://service")


def test_an_id_in_hand_beats_a_row_that_moves_under_it(
    make_generation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_generation(status="submitting")
    elsewhere = Generation.objects.get(pk=row.pk)
    elsewhere.transition(Status.UNCONFIRMED)
    read, looks = row.refresh_from_db, iter(range(3))

    def move_after_the_reading() -> None:
        read()
        if next(looks, None) is not None:
            elsewhere.transition(Status.UNCONFIRMED, due_at=timezone.now())

    monkeypatch.setattr(row, "refresh_from_db", move_after_the_reading)

    assert row.mark_running("late-id", endpoint="", due_at=timezone.now())

    read()
    assert (row.status, row.remote_id) == ("running", "late-id")


def test_a_row_whose_video_comes_home_after_all_leaves_the_trash(make_generation: Any) -> None:
    thrown_away = {"trashed_at": timezone.now()}
    found = make_generation(status="unconfirmed", **thrown_away)
    asked = make_generation(status="failed", remote_id="known", **thrown_away)
    told = make_generation(status="failed", **thrown_away)

    assert found.mark_running("found", endpoint="", due_at=timezone.now())
    assert check_again(asked, by=None, note="")
    assert attach(told, "told", endpoint="", by=None, note="")

    assert Generation.objects.running().not_trashed().count() == 3


def test_a_late_id_never_replaces_another(make_generation: Any) -> None:
    row = make_generation(status="submitting")
    elsewhere = Generation.objects.get(pk=row.pk)
    elsewhere.transition(Status.UNCONFIRMED)
    elsewhere.transition(Status.RUNNING, due_at=timezone.now(), remote_id="attached by staff")

    assert not row.mark_running("late-id", endpoint="", due_at=timezone.now())

    row.refresh_from_db()
    assert row.remote_id == "attached by staff"


def test_cancelling_is_only_possible_before_the_sending(make_generation: Any, owner: Any) -> None:
    row = make_generation(status="queued")
    seen_by_the_page = Generation.objects.get(pk=row.pk)
    assert row.start_submit(timezone.now())

    assert not seen_by_the_page.cancel(by=owner)

    row.refresh_from_db()
    assert row.status == "submitting"


def test_a_cancelled_row_was_not_billed_and_is_not_sent(make_generation: Any, owner: Any) -> None:
    row = make_generation(status="queued", provider="p", model="m")

    assert row.cancel(by=owner)

    assert Generation.objects.get(pk=row.pk).billed == BillingState.NO
    assert claim_submit("p", "m", max_open=2, submit_every=0) is None


WRONG_ROWS = {
    "running_rows_know_their_remote_id": {"status": "running", "remote_id": None},
    "succeeded_rows_have_their_video": {"status": "succeeded", "video": ""},
    "a_remote_id_is_never_empty": {"status": "failed", "remote_id": ""},
    "open_rows_are_due_and_ended_rows_are_not": {"status": "failed", "due_at": timezone.now()},
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_the_database_refuses_a_wrong_row_by_name(name: str, make_generation: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make_generation(**WRONG_ROWS[name])


def test_an_open_row_without_a_next_step_is_refused(make_generation: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_generation(status="storing", due_at=None)


def test_one_remote_task_belongs_to_one_row(make_generation: Any) -> None:
    make_generation(status="running", remote_id="same")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_generation(status="running", remote_id="same")


def test_the_same_remote_id_at_another_service_is_another_task(make_generation: Any) -> None:
    make_generation(status="running", remote_id="same", provider="a")

    assert make_generation(status="running", remote_id="same", provider="b")


def test_two_rows_of_a_lane_are_never_sent_at_once(make_generation: Any) -> None:
    make_generation(status="submitting", provider="p", model="m")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_generation(status="submitting", provider="p", model="m")


def test_the_log_outlives_the_row(make_generation: Any) -> None:
    row = make_generation(status="failed")
    row.log_event("note", note="why")
    pk = row.pk

    row.delete()

    assert Event.objects.get().generation_id == pk


def test_a_finished_task_has_a_day_from_then_on(
    make_generation: Any, django_assert_num_queries: Any
) -> None:
    sent, done = timezone.now() - timedelta(hours=30), timezone.now() - timedelta(hours=1)
    facts = {"done_at": done.isoformat()}
    for _ in range(3):
        make_generation(status="storing", submitted_at=sent, provider_data=facts)
    make_generation(status="running", submitted_at=sent, provider_data=facts)

    with django_assert_num_queries(1):
        rows = {(row.status, row.expires_at) for row in Generation.objects.for_cards()}

    day = timedelta(hours=24)
    assert rows == {("storing", done + day), ("running", sent + day)}
