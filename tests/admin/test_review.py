"""Deciding about videos: seen, written down, never over somebody else's head."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from generations.models import Generation, Review
from generations.staff.review import (
    lock_for_review,
    record_review,
    review_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewing(client, reviewer):
    client.force_login(reviewer)
    return client


@pytest.fixture
def row(make_generation):
    return make_generation("succeeded")


def page(row):
    return reverse("admin:generations_generation_change", args=[row.pk])


def decide(client, decision, *rows, follow=False, **data):
    seen = {f"seen-{row.pk}": data.pop("seen", review_version(row)) for row in rows}
    asked = {"decision": decision, "pk": [str(row.pk) for row in rows], **seen, **data}
    return client.post(reverse("admin:generations_decide"), asked, follow=follow)


def undo(client, follow=False):
    return client.post(reverse("admin:generations_undo"), follow=follow)


def test_approving_writes_the_decision_and_its_event(reviewing, reviewer, row):
    decide(reviewing, "approved", row)
    row.refresh_from_db()
    assert (row.review, row.reviewed_by, row.status) == (Review.APPROVED, reviewer, "succeeded")
    event = row.events.get(kind="approved")
    assert event.by == reviewer
    assert event.data["from"] == "pending"


def test_rejecting_keeps_the_reason(reviewing, row):
    decide(reviewing, "rejected", row, reason="quality", note="flickers")
    row.refresh_from_db()
    assert (row.review, row.review_reason, row.review_note) == ("rejected", "quality", "flickers")


def test_rejecting_needs_a_reason(reviewing, row):
    response = decide(reviewing, "rejected", row, follow=True)
    row.refresh_from_db()
    assert row.review == "pending"
    assert "needs a reason" in response.content.decode()


@pytest.mark.parametrize(
    "data", [{"decision": "pending"}, {"decision": "rejected", "reason": "made up"}, {}]
)
def test_a_forged_decision_is_refused(reviewing, row, data):
    asked = {"pk": str(row.pk), f"seen-{row.pk}": review_version(row)} | data
    response = reviewing.post(reverse("admin:generations_decide"), asked)
    row.refresh_from_db()
    assert response.status_code == 302
    assert row.review == "pending"


@pytest.mark.parametrize("pk", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_decision_about_nothing_changes_nothing(reviewing, pk):
    response = reviewing.post(
        reverse("admin:generations_decide"), {"decision": "approved", "pk": pk}
    )
    assert response.status_code == 302


def test_only_finished_videos_are_decided(reviewing, make_generation):
    row = make_generation("running")
    decide(reviewing, "approved", row)
    row.refresh_from_db()
    assert row.review == "pending"


def test_two_reviewers_never_overwrite_each_other_unseen(reviewing, colleague, row):
    seen = review_version(row)
    assert record_review(row, Review.APPROVED, by=colleague, seen=seen)
    response = decide(reviewing, "rejected", row, seen=seen, reason="quality", follow=True)
    row.refresh_from_db()
    assert (row.review, row.reviewed_by) == (Review.APPROVED, colleague)
    assert "has decided about" in response.content.decode()
    assert response.redirect_chain[-1][0].startswith(page(row))


def test_who_looked_again_may_decide_otherwise(reviewing, colleague, row):
    record_review(row, Review.APPROVED, by=colleague, seen="never")
    row.refresh_from_db()
    decide(reviewing, "rejected", row, reason="quality")
    row.refresh_from_db()
    assert row.review == Review.REJECTED


def test_undo_puts_back_what_stood_before(reviewing, colleague, row):
    record_review(row, Review.FLAGGED, by=colleague, seen="never", note="look")
    row.refresh_from_db()
    decide(reviewing, "approved", row)
    undo(reviewing)
    row.refresh_from_db()
    assert (row.review, row.reviewed_by, row.review_note) == ("flagged", colleague, "look")
    assert row.events.last().kind == "undone"


def test_undo_goes_back_step_by_step(reviewing, row):
    decide(reviewing, "approved", row)
    row.refresh_from_db()
    decide(reviewing, "flagged", row)
    undo(reviewing)
    row.refresh_from_db()
    assert row.review == "approved"
    undo(reviewing)
    row.refresh_from_db()
    assert (row.review, row.reviewed_by, row.reviewed_at) == ("pending", None, None)


def test_undo_leaves_a_later_decision_of_somebody_else_alone(reviewing, colleague, row):
    decide(reviewing, "approved", row)
    row.refresh_from_db()
    record_review(row, Review.REJECTED, by=colleague, seen=review_version(row), reason="hate")
    response = undo(reviewing, follow=True)
    row.refresh_from_db()
    assert row.review == Review.REJECTED
    assert "somebody else has decided since" in response.content.decode()


def test_undo_of_nothing_says_so(reviewing):
    assert "nothing to undo" in undo(reviewing, follow=True).content.decode()


def test_the_next_video_opens_by_itself_and_the_oldest_first(reviewing, make_generation):
    now = timezone.now()
    oldest = make_generation("succeeded", created=now - timedelta(hours=2))
    decided = make_generation("succeeded", created=now - timedelta(hours=1), review="approved")
    newest = make_generation("succeeded", created=now)
    response = reviewing.get(reverse("admin:generations_review"))
    assert response.url.startswith(page(oldest))
    response = decide(reviewing, "approved", oldest)
    assert response.url.startswith(page(newest))
    assert not response.url.startswith(page(decided))
    response = decide(reviewing, "approved", newest, follow=True)
    assert "Nothing is left to review" in response.content.decode()


def test_the_end_of_the_list_says_what_was_passed_and_leads_back(reviewing, make_generation):
    now = timezone.now()
    newest = make_generation("succeeded", created=now)
    oldest = make_generation("succeeded", created=now - timedelta(hours=1))
    reviewing.post(reverse("admin:generations_skip", args=[oldest.pk]))
    shown = decide(reviewing, "approved", newest, follow=True).content.decode()
    begin = reverse("admin:generations_review")
    assert f'End of the list: 1 still to review. <a href="{begin}">Begin again</a>' in shown
    assert reviewing.get(begin).url.startswith(page(oldest))


def test_a_reviewer_reads_how_many_are_left(reviewing, make_generation):
    rows = [make_generation("succeeded") for _ in range(3)]
    shown = reviewing.get(page(rows[0])).content.decode()
    assert re.search(r">To review</a>:\s+3\s", shown)
    assert re.search(r'To review\s+<span class="studio-count count">3</span>', shown)


def test_nobody_is_told_of_a_lock_of_their_own(reviewing, row):
    reviewing.get(page(row))
    sheet = reviewing.get(reverse("admin:generations_generation_changelist")).content.decode()
    assert str(row.pk) in sheet
    assert "is reviewing this" not in sheet


def test_what_only_colleagues_have_open_is_not_called_nothing(reviewing, row, colleague):
    lock_for_review(row, colleague)
    shown = reviewing.get(reverse("admin:generations_review"), follow=True).content.decode()
    assert "Colleagues are already looking at all remaining videos." in shown


def test_skipping_decides_nothing_and_goes_on(reviewing, make_generation):
    now = timezone.now()
    oldest = make_generation("succeeded", created=now - timedelta(hours=1))
    newest = make_generation("succeeded", created=now)
    response = reviewing.post(reverse("admin:generations_skip", args=[oldest.pk]))
    assert response.url.startswith(page(newest))
    oldest.refresh_from_db()
    assert oldest.review == "pending"


def test_skipping_what_is_gone_leads_to_what_waits(reviewing):
    response = reviewing.post(reverse("admin:generations_skip", args=[uuid4()]))
    assert response.url.endswith("?show=to_review")


def test_opening_marks_the_row_for_ten_minutes(reviewing, reviewer, row):
    reviewing.get(page(row))
    row.refresh_from_db()
    assert row.review_locked_by == reviewer
    assert timedelta(minutes=9) < row.review_locked_until - timezone.now() <= timedelta(minutes=10)


def test_a_colleague_sees_who_is_reviewing(client, reviewing, reviewer, colleague, row):
    reviewing.get(page(row))
    client.force_login(colleague)
    assert "reviewer is reviewing this" in client.get(page(row)).content.decode()
    sheet = client.get(reverse("admin:generations_generation_changelist")).content.decode()
    assert "reviewer is reviewing this" in sheet
    row.refresh_from_db()
    assert row.review_locked_by == reviewer


def test_what_a_colleague_looks_at_is_not_opened_next(reviewing, colleague, make_generation):
    now = timezone.now()
    first = make_generation("succeeded", created=now - timedelta(hours=1))
    second = make_generation("succeeded", created=now)
    lock_for_review(first, colleague)
    assert reviewing.get(reverse("admin:generations_review")).url.startswith(page(second))


def test_deciding_gives_the_row_back(reviewing, row):
    reviewing.get(page(row))
    decide(reviewing, "approved", row)
    row.refresh_from_db()
    assert row.review_locked_by is None


def confirm(client, action, rows):
    picked = [str(row.pk) for row in rows]
    asked = {"action": action, "_selected_action": picked, "index": "0"}
    return client.post(reverse("admin:generations_generation_changelist"), asked)


@pytest.mark.parametrize(
    ("action", "decision"), [("approve", "approved"), ("reject", "rejected"), ("flag", "flagged")]
)
def test_each_decision_about_many_is_confirmed_as_that_one(reviewing, row, action, decision):
    response = confirm(reviewing, f"{action}_selected", [row])
    assert f'name="decision" value="{decision}"' in response.content.decode()


def test_deciding_about_many_shows_their_posters_first(reviewing, make_generation):
    rows = [make_generation("succeeded", poster=f"posters/{n}.webp") for n in range(3)]
    running = make_generation("running")
    response = confirm(reviewing, "reject_selected", [*rows, running])
    text = response.content.decode()
    for row in rows:
        assert reverse("generations:poster", args=[row.pk]) in text
        assert f'name="seen-{row.pk}" value="never"' in text
    assert "1 selected generation is not finished" in text
    assert set(Generation.objects.values_list("review", flat=True)) == {"pending"}


def test_twelve_are_rejected_and_undone_together(reviewing, make_generation):
    rows = [make_generation("succeeded") for _ in range(12)]
    response = decide(reviewing, "rejected", *rows, reason="rights", follow=True)
    assert "12 videos rejected" in response.content.decode()
    assert Generation.objects.rejected().count() == 12
    assert sum(row.events.filter(kind="rejected").count() for row in rows) == 12
    undo(reviewing)
    assert Generation.objects.waiting_for_review().count() == 12


def test_in_a_bulk_only_the_overtaken_one_is_left_out(reviewing, colleague, make_generation):
    rows = [make_generation("succeeded") for _ in range(3)]
    overtaken = Generation.objects.get(pk=rows[1].pk)
    record_review(overtaken, Review.APPROVED, by=colleague, seen="never")
    response = decide(reviewing, "rejected", *rows, reason="rights", follow=True)
    assert "2 videos rejected" in response.content.decode()
    assert "has decided about" in response.content.decode()
    overtaken.refresh_from_db()
    assert overtaken.review == Review.APPROVED


def test_picking_nothing_that_is_finished_says_so(reviewing, make_generation):
    response = confirm(reviewing, "approve_selected", [make_generation("running")])
    assert response.status_code == 302


def test_without_review_there_is_neither_button_nor_address(reviewing, row, settings):
    settings.WANSTUDIO_REVIEW = "off"
    sheet = reviewing.get(reverse("admin:generations_generation_changelist")).content.decode()
    detail = reviewing.get(page(row)).content.decode()
    for text in (sheet, detail):
        assert "approve" not in text.lower()
    assert "show=to_review" not in sheet
    assert reviewing.get(reverse("admin:generations_review")).status_code == 404
    assert decide(reviewing, "approved", row).status_code == 404
    assert undo(reviewing).status_code == 404


def test_what_is_rejected_answers_404_to_everybody_but_owner_and_staff(
    client, owner, stranger, reviewer, make_generation, settings
):
    settings.WANSTUDIO_SHARING = "everyone"
    row = make_generation("succeeded")
    video = reverse("generations:video", args=[row.pk])
    client.force_login(stranger)
    assert client.get(video).status_code == 200
    record_review(row, Review.REJECTED, by=reviewer, seen="never", reason="quality")
    assert client.get(video).status_code == 404
    assert row not in Generation.objects.visible_to(stranger)
    for person_ in (owner, reviewer):
        client.force_login(person_)
        assert client.get(video).status_code == 200
