"""A collection and its videos: neither ends with the other."""

from __future__ import annotations

from typing import Any

import pytest

from generations.models import Collection, Generation
from generations.tasks.housekeeping import purge

pytestmark = pytest.mark.django_db


@pytest.fixture
def foxes(owner: Any) -> Collection:
    return Collection.objects.create(owner=owner, name="Foxes")


def test_a_row_that_is_purged_leaves_its_collections(
    make_generation: Any, foxes: Collection
) -> None:
    foxes.put([make_generation("succeeded").pk])
    purge(Generation.objects.all())
    assert not foxes.videos.exists()
    assert Collection.objects.get() == foxes


def test_what_is_put_in_twice_stands_in_it_once_and_is_taken_out_of_it_alone(
    make_generation: Any, foxes: Collection, owner: Any
) -> None:
    owls = Collection.objects.create(owner=owner, name="Owls")
    row, other = make_generation("succeeded"), make_generation("succeeded")
    for collection in (foxes, foxes, owls):
        collection.put([row.pk])
    foxes.put([row.pk, other.pk])
    assert set(foxes.videos.all()) == {row, other}
    assert foxes.videos.count() == 2

    foxes.take_out([row.pk])
    assert list(foxes.videos.all()) == [other]
    assert list(owls.videos.all()) == [row]
