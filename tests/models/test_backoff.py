"""When a row is due, and how long a retry waits."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation
from generations.models.backoff import exponential_backoff, is_due


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 2), (1, 4), (5, 64), (8, 512), (9, 600), (10**6, 600)]
)
def test_a_wait_doubles_up_to_ten_minutes(attempts: int, seconds: int) -> None:
    assert exponential_backoff(attempts, 2) == timedelta(seconds=seconds)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "due"), [(-60, True), (0, True), (1, False), (15, False), (16, True)]
)
def test_a_row_is_due_when_its_time_has_come_or_cannot_be_right(
    make_generation: Any, minutes: int, due: bool
) -> None:
    now = timezone.now()
    make_generation("running", due_at=now + timedelta(minutes=minutes))
    assert Generation.objects.filter(is_due("due_at", now)).exists() is due
