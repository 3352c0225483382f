"""A conversion is claimed by one worker at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Conversion, ConversionKind

pytestmark = pytest.mark.django_db


def asked(owner: Any) -> Conversion:
    return Conversion.objects.create(owner=owner, kind=ConversionKind.JOIN, sources=[])


def test_one_is_made_at_a_time_and_what_a_dead_worker_left_is_made_again(owner: Any) -> None:
    first, second = asked(owner), asked(owner)
    now = timezone.now()
    assert Conversion.objects.claim(now) == first
    assert Conversion.objects.claim(now) is None
    later = now + timedelta(minutes=16)
    again = Conversion.objects.claim(later)
    assert again == first and again.attempts == 2
    assert again.finish("conversions/a.mp4")
    assert Conversion.objects.claim(later) == second


def test_a_worker_that_lost_its_claim_changes_nothing(owner: Any) -> None:
    asked(owner)
    late = Conversion.objects.claim()
    assert late
    Conversion.objects.claim(timezone.now() + timedelta(minutes=16))
    assert not late.finish("conversions/late.mp4")
    late.fail("damaged", 1)
    assert Conversion.objects.get().status == "working"


def test_what_is_released_is_the_next_one_again(owner: Any) -> None:
    asked(owner)
    claimed = Conversion.objects.claim()
    assert claimed
    claimed.release()
    assert Conversion.objects.claim() == claimed
