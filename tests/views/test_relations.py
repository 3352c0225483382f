"""Both pages of two videos that belong together tell of it."""

from typing import Any

import pytest
from django.test import Client

from generations.views.relations import relations_of

pytestmark = pytest.mark.django_db


def told(row: Any, user: Any) -> list[tuple[str, Any]]:
    row.refresh_from_db()
    return [(relation.label, relation.row.pk) for relation in relations_of(row, user)]


@pytest.mark.parametrize(
    ("fields", "down", "up"),
    [
        ({"origin_kind": "larger"}, "1080P version of", "Its 1080P version"),
        ({"origin_kind": "remix"}, "Remix of", "A remix of it"),
        ({"origin_kind": "continuation"}, "Continues from", "A continuation"),
    ],
)
def test_each_page_names_the_other(
    client: Client, owner: Any, make_generation: Any, fields: Any, down: str, up: str
) -> None:
    first = make_generation("succeeded", prompt="The first")
    second = make_generation("succeeded", prompt="The second", origin=first, **fields)
    assert told(first, owner) == [(up, second.pk)]
    assert told(second, owner) == [(down, first.pk)]
    client.force_login(owner)
    for row, other, label in ((first, second, up), (second, first, down)):
        page = client.get(f"/v/{row.pk}/").content.decode()
        assert label in page and f'<a href="/v/{other.pk}/">' in page


def test_a_request_sent_again_is_told_of_too(owner: Any, make_generation: Any) -> None:
    film = make_generation("succeeded")
    first = make_generation("failed", origin=film, origin_kind="continuation")
    again = make_generation("queued", retry_of=first, origin=film, origin_kind="continuation")
    assert told(first, owner) == [("Continues from", film.pk), ("Sent again as", again.pk)]
    assert told(again, owner) == [("Continues from", film.pk), ("Sent again after", first.pk)]


def test_nobody_is_told_of_what_they_may_not_open(
    owner: Any, stranger: Any, make_generation: Any
) -> None:
    film = make_generation("succeeded", shared=True)
    make_generation("succeeded", owner=stranger, origin=film, origin_kind="remix")
    assert told(film, owner) == []
    film.shared = False
    film.save()
    theirs = make_generation("succeeded", owner=stranger, origin=film, origin_kind="remix")
    assert told(theirs, stranger) == []


def test_an_origin_that_an_older_process_deleted_is_not_told_of(
    owner: Any, make_generation: Any
) -> None:
    film = make_generation("succeeded")
    row = make_generation("succeeded", origin=film, origin_kind="remix")
    type(row).objects.filter(pk=film.pk)._raw_delete("default")
    assert told(row, owner) == []
