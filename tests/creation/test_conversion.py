"""What may be joined, and how much at a time."""

from typing import Any
from uuid import uuid4

import pytest

from generations.creation.conversion import ConversionRefusedError, request_conversion
from generations.models import Conversion, ConversionKind

pytestmark = pytest.mark.django_db


def refused(user: Any, pks: list[Any]) -> str:
    with pytest.raises(ConversionRefusedError) as caught:
        request_conversion(user, ConversionKind.JOIN, pks)
    assert not Conversion.objects.owned_by(user).filter(sources=[str(pk) for pk in pks]).exists()
    return str(caught.value)


def test_the_first_clip_that_does_not_fit_is_named(owner: Any, make_generation: Any) -> None:
    pks = [make_generation("succeeded").pk for _ in range(2)]
    other = make_generation("succeeded")
    type(other).objects.filter(pk=other.pk).update(width=480, height=832)
    assert refused(owner, [*pks, other.pk]) == "Clip 3 differs in size from the first one."
    assert refused(owner, [pks[0], uuid4()]) == "Clip 2 no longer exists."
    assert refused(owner, pks[:1]) == "Choose two to 50 clips to join."
    assert refused(owner, pks * 26) == "Choose two to 50 clips to join."


def test_others_clips_can_be_joined_as_long_as_they_are_shared(
    owner: Any, stranger: Any, make_generation: Any
) -> None:
    rows = [make_generation("succeeded", owner=stranger, shared=True) for _ in range(2)]
    pks = [row.pk for row in rows]
    assert request_conversion(owner, ConversionKind.JOIN, pks).sources == [str(pk) for pk in pks]
    type(rows[0]).objects.update(shared=False)
    assert refused(owner, pks[::-1]).startswith("Clip 1")


def test_five_at_a_time_are_made_for_one_person(
    owner: Any, stranger: Any, make_generation: Any
) -> None:
    pks = [make_generation("succeeded", shared=True).pk for _ in range(2)]
    for _ in range(5):
        request_conversion(owner, ConversionKind.JOIN, pks)
    with pytest.raises(ConversionRefusedError, match="not ready yet"):
        request_conversion(owner, ConversionKind.JOIN, pks)
    assert request_conversion(stranger, ConversionKind.JOIN, pks)
