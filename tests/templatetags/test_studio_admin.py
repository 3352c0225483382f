"""What staff are told of a row: what it cost, and how long its file is kept."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation
from generations.templatetags.studio_admin import cost, hours_left


@pytest.mark.parametrize(
    ("sent", "said"),
    [(None, "–"), (timedelta(hours=25), "No time left"), (timedelta(hours=22), "1 h 59 min left")],
)
def test_how_long_the_service_keeps_the_file(sent: timedelta | None, said: str) -> None:
    row = Generation(submitted_at=sent and timezone.now() - sent)
    assert hours_left(row) == said


@pytest.mark.parametrize(
    ("reported", "price", "said"),
    [
        ("0.048", Decimal("0.05"), "$0.048 reported"),
        (None, Decimal("0.05"), "about $0.05"),
        (None, None, "no price"),
    ],
)
def test_what_it_cost_is_what_the_service_says_or_about_what_we_think(
    reported: str | None, price: Any, said: str
) -> None:
    row = Generation(price=price)
    row.reported = reported
    assert cost(row) == said
