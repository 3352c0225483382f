"""What somebody who leaves hands over, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from generations.models import Collection, Generation
from generations.staff.offboarding import hand_over, has_history, trash_videos

pytestmark = pytest.mark.django_db


def test_who_leaves_hands_the_collections_over(
    make_generation: Any, owner: Any, stranger: Any
) -> None:
    rows = [make_generation("succeeded") for _ in range(3)]
    for name, row in zip(("Foxes", "Owls"), rows, strict=False):
        Collection.objects.create(owner=owner, name=name).videos.add(row)
    Collection.objects.create(owner=stranger, name="Owls").videos.add(rows[2])
    assert hand_over(owner, stranger) == 3
    assert not Collection.objects.filter(owner=owner).exists()
    kept = {one.name: set(one.videos.all()) for one in Collection.objects.all()}
    assert kept == {"Foxes": {rows[0]}, "Owls": {rows[1], rows[2]}}


def test_what_may_still_be_billed_does_not_go_to_the_trash(
    make_generation: Any, owner: Any, stranger: Any
) -> None:
    theirs = make_generation("succeeded", owner=stranger)
    stay = {make_generation(status) for status in ("queued", "running", "unconfirmed")}
    for status in ("succeeded", "failed"):
        make_generation(status)
    assert trash_videos(owner) == (2, 3)
    assert set(Generation.objects.not_trashed()) == stay | {theirs}


def test_an_account_is_deleted_only_if_it_made_nothing_and_decided_nothing(
    make_generation: Any, owner: Any, stranger: Any, reviewer: Any
) -> None:
    make_generation("failed").log_event("note", by=reviewer)
    assert [has_history(person) for person in (owner, reviewer, stranger)] == [True, True, False]
