"""The ledger: it adds up each way, from the daily sums alone."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.admin.conftest import lines_of

SPEND = "admin:generations_spend"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("by", "first", "count"),
    [("day", "day", 2), ("person", "person", 2), ("service", "service", 2)],
)
def test_the_ledger_adds_up_each_way(staff, sums, by, first, count):
    lines = lines_of(staff.get(reverse(SPEND), {"by": by, "csv": "1"}))
    assert len(lines) == count
    assert first in lines[0]
    assert sum(Decimal(line["estimated"]) for line in lines) == Decimal("0.60")
    assert sum(Decimal(line["doubtful"]) for line in lines) == Decimal("0.10")
    assert sum(Decimal(line["reported"]) for line in lines) == Decimal("0.27")


@pytest.mark.django_db
def test_the_ledger_keeps_to_its_days(staff, sums):
    response = staff.get(reverse(SPEND), {"since": sums, "until": sums, "by": "person"})
    text = response.content.decode()
    assert "$0.40" in text
    assert "$0.20" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"by": "x"}, {"since": "soon"}, {"until": ""}])
def test_nonsense_in_the_ledger_is_said_at_its_field(staff, sums, query):
    response = staff.get(reverse(SPEND), query)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
