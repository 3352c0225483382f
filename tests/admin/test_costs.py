"""Who judges videos need not know what they cost: amounts are for finance and for repairs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generations.models import Generation
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_generation: Any) -> Generation:
    facts = {"cost": "0.4242", "answer": {"price": 0.4242}, "usage": {"usd": 0.4242}}
    made: Generation = make_generation(
        "succeeded", provider="vtrix", price="0.7373", provider_data=facts
    )
    return made


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
