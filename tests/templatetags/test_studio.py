"""What templates say: times as on a clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.templatetags.studio import clock, elapsed


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (-3, "0:00"), (5.9, "0:05"), (65, "1:05"), (3599, "59:59"), (7389, "2:03:09")],
)
def test_a_length_of_time_is_written_as_on_a_clock(seconds: float | None, said: str) -> None:
    assert clock(seconds) == said


def test_before_the_beginning_no_time_has_passed() -> None:
    assert elapsed(None) == ""
    assert elapsed(timezone.now() - timedelta(seconds=65.5)) == "1:05"
