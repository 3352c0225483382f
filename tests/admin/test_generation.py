"""The page of one row: its story, its neighbours, and who reads what it cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generations.models import Generation
from generations.staff.review import record_review
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_generation: Any) -> Generation:
    facts = {"cost": "0.4242", "answer": {"price": 0.4242}, "usage": {"usd": 0.4242}}
    made: Generation = make_generation(
        "succeeded", provider="vtrix", price="0.7373", provider_data=facts
    )
    return made


def detail(client: Client, row: Generation) -> Any:
    return client.get(reverse("admin:generations_generation_change", args=[row.pk]))


@pytest.mark.parametrize(
    ("permission", "sees"),
    [("review_generation", False), ("view_spend", True), ("repair_generation", True)],
)
def test_amounts_are_shown_to_who_has_to_do_with_them(
    client: Client, row: Generation, permission: str, sees: bool
) -> None:
    client.force_login(person("staff", "view_generation", permission, staff=True))
    sheet = reverse("admin:generations_generation_changelist")
    for url in (
        sheet,
        f"{sheet}?view=table",
        reverse("admin:generations_generation_change", args=[row.pk]),
        reverse("admin:generations_export"),
        f"/v/{row.pk}/",
    ):
        response = client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        text = body.decode()
        assert str(row.pk) in text
        assert any(amount in text for amount in ("0.42", "0.74", "0.73")) == sees, url


def test_the_export_keeps_its_columns(client: Client, row: Generation) -> None:
    client.force_login(person("staff", "view_generation", staff=True))
    response = client.get(reverse("admin:generations_export"))
    names = next(iter(response.streaming_content)).decode()
    assert "estimated_usd,reported_usd,billed" in names


@pytest.mark.parametrize("permission", ["view_generation", ""])
def test_staff_reach_the_row_from_the_page_of_a_video(
    client: Client, make_generation: Any, permission: str
) -> None:
    staff = person("staff", permission, staff=True)
    mine = make_generation("succeeded", owner=staff)
    client.force_login(staff)
    url = reverse("admin:generations_generation_change", args=[mine.pk])
    assert (url in client.get(f"/v/{mine.pk}/").content.decode()) == bool(permission)


def test_the_page_tells_the_whole_story(staff: Client, reviewer: Any, make_generation: Any) -> None:
    row = make_generation(
        "succeeded",
        prompt="x" * 801,
        seed=0,
        provider_data={
            "actual_prompt": "What the model read",
            "cost": "0.48",
            "request_id": "req-1",
        },
    )
    row.log_event("submitting", data={"request_id": "req-2", "status": 200})
    record_review(row, "rejected", by=reviewer, seen="never", reason="quality", note="flickers")
    response = detail(staff, row)
    assert response.context["sent_prompt"] == "x" * 800
    text = response.content.decode()
    for part in (
        "What the model read",
        "0.48",
        "req-1",
        "req-2",
        "reviewer",
        "flickers",
        "The video is broken",
        row.remote_id,
        str(row.pk),
    ):
        assert part in text
    assert dict(response.context["settings"])["seed"] == 0


def test_newer_and_older_follow_the_filter_it_was_opened_from(
    staff: Client, make_generation: Any
) -> None:
    now = timezone.now()
    newest, failed, oldest = (
        make_generation(status, created=now - timedelta(hours=n))
        for n, status in enumerate(["succeeded", "failed", "succeeded"])
    )
    url = reverse("admin:generations_generation_change", args=[oldest.pk])
    assert str(failed.pk) in staff.get(url).context["newer_url"]
    filtered = staff.get(url, {"_changelist_filters": "show=to_review"})
    assert str(newest.pk) in filtered.context["newer_url"]
    assert filtered.context["older_url"] is None


def test_the_last_ten_of_a_person_are_theirs(
    staff: Client, make_generation: Any, stranger: Any
) -> None:
    rows = [make_generation("failed") for _ in range(12)]
    make_generation("failed", owner=stranger)
    latest = detail(staff, rows[0]).context["latest"]
    assert len(latest) == 10
    assert {row.owner_id for row in latest} == {rows[0].owner_id}


def test_a_row_that_is_gone_leads_back_to_the_index(staff: Client) -> None:
    url = reverse("admin:generations_generation_change", args=["nonsense"])
    assert staff.get(url).status_code == 302


def test_the_page_costs_a_fixed_number_of_queries(
    staff: Client, make_generation: Any, django_assert_max_num_queries: Any
) -> None:
    row = make_generation("succeeded")
    for _ in range(12):
        make_generation("succeeded")
        row.log_event("note")
    detail(staff, row)  # the count of the attention list is kept for seconds
    with django_assert_max_num_queries(14):
        detail(staff, row)
