"""Posts are counted per person and minute."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from generations.models import PostRate

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, 0, 30, tzinfo=ZoneInfo("UTC"))


def test_presses_of_one_minute_are_counted_and_the_next_begins_anew(owner: Any) -> None:
    assert [PostRate.objects.press(owner, NOON) for _ in range(3)] == [1, 2, 3]
    assert PostRate.objects.press(owner, NOON + timedelta(minutes=1)) == 1


def test_everybody_has_a_pace_of_their_own(owner: Any, stranger: Any) -> None:
    assert [PostRate.objects.press(person, NOON) for person in (owner, stranger)] == [1, 1]
