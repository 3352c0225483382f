"""The numbers: from the daily sums alone, as plots, tables and a file."""

from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.conftest import lines_of

NUMBERS = "admin:generations_numbers"
MENU = "SELECT COUNT(*)"  # how many are to review


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
