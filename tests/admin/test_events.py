"""The log: decisions and repairs, to read, to filter, to hand out; nothing to change."""

import csv
import io

import pytest
from django.urls import reverse

from generations.models import SubmitThrottle
from generations.staff.repair import attach
from generations.staff.review import record_review, review_version

pytestmark = pytest.mark.django_db
LOG = "admin:generations_event_changelist"


@pytest.fixture
def row(make_generation, reviewer):
    """A row that was asked for, made, rejected and flagged."""
    row = make_generation("succeeded")
    row.log_event("queued", by=row.owner)
    row.log_event("succeeded")
    record_review(row, "rejected", by=reviewer, seen="never", reason="hate", note="=1+1")
    record_review(row, "flagged", by=reviewer, seen=review_version(row))
    return row


def kinds(client, **query):
    return [event.kind for event in client.get(reverse(LOG), query).context["cl"].result_list]


def test_it_shows_what_people_decided(staff, row):
    assert kinds(staff) == ["flagged", "rejected"]


def test_filters(staff, row):
    assert kinds(staff, who="all") == ["flagged", "rejected", "succeeded", "queued"]
    assert kinds(staff, who="machine") == ["succeeded"]
    assert kinds(staff, kind="rejected") == ["rejected"]


@pytest.mark.parametrize("words", ["1+1", "review", "id"])
def test_searching_by_note_person_and_generation(staff, row, words):
    assert "rejected" in kinds(staff, q=str(row.pk) if words == "id" else words)


def test_it_says_in_words_what_was_done_and_to_which_service(staff, operator, make_generation):
    row = make_generation("unconfirmed")
    attach(row, "found-there", endpoint="", by=operator, note="seen in their console")
    SubmitThrottle.objects.pause(
        "vtrix", "m", whole_service=True, code="billing", detail="Arrearage"
    )
    text = staff.get(reverse(LOG), {"who": "all"}).content.decode()
    for said in ("Remote ID attached", "seen in their console", "Provider paused", "vtrix"):
        assert said in text


def test_nobody_changes_it(staff, row):
    event = row.events.last()
    url = reverse("admin:generations_event_change", args=[event.pk])
    assert staff.post(url, {"note": "nothing happened"}).status_code == 403
    event.refresh_from_db()
    assert event.note == ""


def test_the_page_counts_no_more_than_it_must(staff, row, monkeypatch):
    monkeypatch.setattr("generations.admin.events.PAGES_COUNTED", 1)
    assert staff.get(reverse(LOG)).context["cl"].result_count == 1


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_keeps_the_filters(staff, row):
    response = staff.get(reverse("admin:generations_log_export"), {"kind": "rejected"})
    [line] = read(b"".join(response.streaming_content).decode("utf-8-sig"))
    assert (line["by"], line["reason"], line["note"]) == ("reviewer", "hate", "'=1+1")
