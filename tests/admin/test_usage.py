"""Ledger and numbers: from the daily sums alone, as plots, tables and files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generations.admin.charts import Plot, Series, round_up
from generations.models import DailyReview, DailySum, DailyTimes

NUMBERS = "admin:generations_numbers"
SPEND = "admin:generations_spend"
MENU = "SELECT COUNT(*)"  # how many are to review
DAYS = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]


@pytest.fixture
def staff(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def sums(owner, stranger):
    """Two days, two people, two services."""
    today = timezone.localdate()

    def add(day, person, provider, status="succeeded", count=1, error_code="", **money):
        DailySum.objects.create(
            day=day, owner=person, provider=provider, model="m", status=status, count=count,
            error_code=error_code, **{key: Decimal(value) for key, value in money.items()},
        )  # fmt: skip

    add(today, owner, "dashscope", count=3, estimated="0.30", reported="0.27")
    add(today, stranger, "vtrix", count=1, estimated="0.10")
    add(today, owner, "dashscope", status="failed", error_code="content", doubtful="0.10")
    add(today - timedelta(days=1), owner, "dashscope", count=2, estimated="0.20")
    DailyTimes.objects.create(
        day=today, provider="dashscope", model="m", waiting_median=1.0, waiting_p90=2.0,
        running_median=60.0, running_p90=90.0,
    )  # fmt: skip
    DailyReview.objects.create(day=today, approved=4, rejected=1, backlog=7, oldest_hours=3.5)
    return today


def lines_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


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


@pytest.mark.django_db
def test_the_numbers_show_what_the_sums_say(staff, sums):
    response = staff.get(reverse(NUMBERS), {"days": "7"})
    plots = {plot.key: plot for plot in response.context["plots"]}
    assert [line.values[-1] for line in plots["fates"].series] == [4, 0, 1, 0, 0]
    assert plots["running-0"].series[0].values[-1] == 60
    assert plots["running-0"].series[0].values[0] is None
    assert plots["backlog"].series[0].values[-1] == 7
    [dashscope, vtrix] = response.context["services"]
    assert (dashscope["rate"], vtrix["rate"]) == (83, 100)
    assert dashscope["reasons"] == [("Refused by the safety check", 1)]


@pytest.mark.django_db
def test_no_row_is_read_for_the_numbers(staff, sums, make_generation):
    make_generation("succeeded")
    staff.get(reverse(NUMBERS))  # the menu's count of the attention list is kept for seconds
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse(NUMBERS))
    assert not [
        q for q in queries if '"generations_generation"' in q["sql"] and MENU not in q["sql"]
    ]


@pytest.mark.django_db
def test_the_numbers_as_a_file(staff, sums):
    lines = lines_of(staff.get(reverse(NUMBERS), {"csv": "1"}))
    assert sum(int(line["generations"]) for line in lines) == 7


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["", "0", "31", "x", "99999999999"])
def test_an_unheard_of_period_is_the_usual_one(staff, days):
    assert staff.get(reverse(NUMBERS), {"days": days}).context["period"] == 30


@pytest.mark.django_db
def test_drawings_are_well_formed_and_hold_no_style_and_no_script(staff, sums):
    text = staff.get(reverse(NUMBERS)).content.decode()
    drawings = ["<svg" + part.partition("</svg>")[0] + "</svg>" for part in text.split("<svg")[1:]]
    ours = [drawing for drawing in drawings if 'role="img"' in drawing]
    assert len(ours) >= 6
    for drawing in ours:
        for element in ElementTree.fromstring(drawing).iter():  # noqa: S314 (our own)
            assert "style" not in element.attrib
            assert element.tag != "script"


def bars(**values):
    return Plot("p", "P", DAYS, [Series(key, key, value) for key, value in values.items()])


def test_bars_stand_on_each_other():
    first, second = bars(a=[1, 0, 0], b=[3, 0, 0]).bars()
    assert second["y"] + second["height"] == pytest.approx(first["y"])
    assert second["height"] == pytest.approx(3 * first["height"], abs=0.2)


def test_the_scale_ends_above_the_highest_stack():
    assert bars(a=[3, 1, 0], b=[4, 1, 0]).top == 10


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, 1), (1, 1), (1.1, 2), (3, 5), (7, 10), (99, 100), (101, 200), (0.03, 0.05), (2.2, 2.5)],
)
def test_scales_end_on_round_numbers(value, wanted):
    assert round_up(value) == pytest.approx(wanted)


def test_a_line_is_broken_where_nothing_is_known():
    plot = Plot("p", "P", DAYS, [Series("a", "a", [1.0, None, 2.0])], shape="lines")
    assert [path["points"].count(",") for path in plot.paths()] == [1, 1]
    assert plot.table() == [(DAYS[2], ["2"]), (DAYS[0], ["1"])]


def test_nothing_to_draw_is_said():
    assert bars(a=[0, 0, 0]).is_empty
