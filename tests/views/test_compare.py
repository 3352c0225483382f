"""Two to four takes side by side."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def compared(reader: Client, *rows: Any) -> str:
    query = {place: row.pk for place, row in zip("abcd", rows, strict=False)}
    return reader.get("/compare/", query).content.decode()


def test_two_to_four_takes_stand_side_by_side(reader: Client, make_generation: Any) -> None:
    rows = [make_generation("succeeded") for _ in range(4)]
    for count in (2, 3, 4):
        page = compared(reader, *rows[:count])
        assert page.count("<video") == count
        assert ("&amp;more" in page) == (count < 4)


def test_one_alone_asks_for_another_and_more_adds_one(reader: Client, make_generation: Any) -> None:
    one, two, three = (make_generation("succeeded") for _ in range(3))
    assert f'href="/compare/?a={one.pk}&amp;b={two.pk}"' in compared(reader, one)
    page = reader.get("/compare/", {"a": one.pk, "b": two.pk, "more": ""}).content.decode()
    assert f'href="/compare/?a={one.pk}&amp;b={two.pk}&amp;c={three.pk}"' in page
    assert f"={two.pk}&amp;c={two.pk}" not in page


def test_none_the_same_twice_and_others_videos_are_not_found(
    reader: Client, make_generation: Any, stranger: Any
) -> None:
    one, theirs = make_generation("succeeded"), make_generation("succeeded", owner=stranger)
    for query in ({}, {"a": one.pk, "b": one.pk}, {"a": one.pk, "b": theirs.pk}, {"a": "x"}):
        assert reader.get("/compare/", query).status_code == 404
