"""Where a day begins, and the value that nine of ten do not exceed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from generations.models.daily_totals import percentile_90, start_of_day


@pytest.mark.parametrize(("values", "wanted"), [([1.0], 1.0), ([1.0, 2.0], 2.0)])
def test_nine_of_ten_do_not_exceed_the_ninetieth(values: list[float], wanted: float) -> None:
    assert percentile_90(values) == wanted


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        (date(2026, 3, 1), "UTC", datetime(2026, 3, 1, tzinfo=UTC)),
        (date(2026, 3, 1), "Asia/Shanghai", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        (date(2026, 3, 30), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ],
    ids=["no zone", "east of it", "after the clocks were changed"],
)
def test_a_day_begins_at_midnight_where_the_studio_is(
    day: date, zone: str, begins: datetime
) -> None:
    with timezone.override(zone):
        assert start_of_day(day) == begins
