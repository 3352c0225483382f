"""Rows read by id are those of the queryset that says who can open what."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from generations.models import Generation, Review, readable_rows

pytestmark = pytest.mark.django_db
COLUMNS = ("status", "due_at", "shared", "owner", "review")


@pytest.fixture
def rows(make_generation: Any, stranger: User) -> list[Generation]:
    """Of two people: each state that decides who can open it."""
    made = []
    for status, shared, review in itertools.product(
        ("running", "succeeded"), (True, False), (Review.PENDING, Review.APPROVED, Review.REJECTED)
    ):
        made.append(make_generation(status, shared=shared, review=review))
        made.append(make_generation(status, shared=shared, review=review, owner=stranger))
    made.append(make_generation("succeeded", shared=True, trashed_at=timezone.now()))
    made.append(make_generation("succeeded", deleted_at=timezone.now()))
    return made


@pytest.mark.parametrize("sharing", ["owner", "everyone", "nobody"])
@pytest.mark.parametrize("review", ["off", "after", "before"])
def test_the_same_rows_as_the_queryset(
    settings: Any, rows: list[Generation], stranger: User, reviewer: User, sharing: str, review: str
) -> None:
    settings.WANSTUDIO_SHARING, settings.WANSTUDIO_REVIEW = sharing, review
    pks = [*(row.pk for row in rows), uuid4()]
    for user in (User.objects.get(username="owner"), stranger, reviewer, AnonymousUser()):
        found = {row.pk for row in readable_rows(user, pks, COLUMNS)}
        expected = Generation.objects.readable_by(user).filter(pk__in=pks)
        assert found == set(expected.values_list("pk", flat=True))


def test_values_are_those_of_the_model_and_the_rest_is_deferred(
    owner: User, make_generation: Any
) -> None:
    row = make_generation("running")
    [read] = readable_rows(owner, [row.pk], COLUMNS)
    row.refresh_from_db()
    assert [getattr(read, name) for name in COLUMNS] == [getattr(row, name) for name in COLUMNS]
    assert read == row
    assert "prompt" in read.get_deferred_fields()


def test_one_query_for_any_number_and_none_for_none(
    owner: User, make_generation: Any, django_assert_num_queries: Any
) -> None:
    pks = [make_generation("running").pk for _ in range(3)]
    with django_assert_num_queries(1):
        assert len(readable_rows(owner, pks, COLUMNS)) == 3
    with django_assert_num_queries(0):
        assert readable_rows(owner, [], COLUMNS) == []
