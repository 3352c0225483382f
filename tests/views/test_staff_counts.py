"""What waits for staff: on every page of theirs, and on nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.conftest import person

pytestmark = pytest.mark.django_db

COUNTED = 'class="studio-count count">'
PAGES = ("/", "/gallery/", "/admin/", "/admin/generations/generation/")


@pytest.fixture
def waiting(make_generation: Any) -> None:
    """Two videos to review, one generation that needs a decision about its bill."""
    make_generation("succeeded"), make_generation("succeeded")
    make_generation("unconfirmed")


def counts(client: Client, url: str) -> list[str]:
    parts = client.get(url).content.decode().split(COUNTED)[1:]
    return [part.partition("<")[0] for part in parts]


@pytest.mark.parametrize("url", PAGES)
def test_staff_read_on_every_page_what_waits_for_them(
    client: Client, reviewer: Any, waiting: None, url: str
) -> None:
    client.force_login(reviewer)
    assert counts(client, url) == ["1", "2"]


def test_who_cannot_review_is_not_told_what_is_to_review(client: Client, waiting: None) -> None:
    client.force_login(person("staff", "view_generation", staff=True))
    assert counts(client, "/admin/") == counts(client, "/") == ["1"]


def test_where_nothing_waits_there_is_no_number(client: Client, reviewer: Any) -> None:
    client.force_login(reviewer)
    assert [counts(client, url) for url in PAGES] == [[], [], [], []]


def test_others_are_told_nothing_and_no_count_is_asked(
    client: Client, owner: Any, waiting: None
) -> None:
    client.force_login(owner)
    assert counts(client, "/") == []
    client.force_login(person("finance", "view_spend", staff=True))
    assert counts(client, "/admin/") == []


def test_many_are_counted_up_to_a_hundred(
    client: Client, reviewer: Any, make_generation: Any
) -> None:
    for _ in range(51):
        make_generation("unconfirmed")
    client.force_login(reviewer)
    assert counts(client, "/admin/") == ["50+"]
