"""A decision and a look have one owner each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import Generation, Review
from generations.staff.review import (
    lock_for_review,
    record_review,
    reviewer_other_than,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_generation):
    return make_generation("succeeded")


def test_a_race_between_two_reads_of_the_same_row_has_one_winner(reviewer, colleague, row):
    same = Generation.objects.get(pk=row.pk)
    assert record_review(row, Review.APPROVED, by=reviewer, seen="never")
    assert record_review(same, Review.REJECTED, by=colleague, seen="never") is None
    row.refresh_from_db()
    assert row.review == Review.APPROVED
    assert row.events.count() == 1


def test_a_look_ends_by_itself(reviewer, colleague, row):
    now = timezone.now()
    assert lock_for_review(row, colleague, now - timedelta(minutes=11))
    assert lock_for_review(row, reviewer, now)
    row.refresh_from_db()
    assert reviewer_other_than(row, reviewer) is None


def test_a_look_that_ended_is_nobodys(reviewer, colleague, row):
    lock_for_review(row, colleague, timezone.now() - timedelta(minutes=11))
    assert reviewer_other_than(row, reviewer) is None
