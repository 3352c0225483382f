"""CSV: streamed, complete, and harmless in a spreadsheet."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from generations.models import Event, Generation
from generations.reports.csv_export import (
    EVENT,
    GENERATION,
    cell,
    csv_response,
    in_batches,
    lines,
)
from generations.staff.review import record_review

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\0=1",
    " =1",
    "＝1",
    "\ufeff=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_becomes_text(text):
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "text",
    [
        "fox;=1",
        "fox; =1",
        "fox;\0=1",
        'fox;"=1"',
        "fox\t+1",
        "fox\n-1",
        "\r\n@A",
        "a;b;＝1",
        "\n=1",
    ],
)
def test_no_cell_begins_with_a_formula_whatever_separates_cells(text):
    written = "".join(lines([text, f"=1{text}"], {"id": lambda _: 7, "text": str}))
    cells = re.split("[,;\t\r\n]", written)  # as a reader that knows neither quotes nor commas
    assert not [one for one in cells if one.lstrip(' "').startswith(tuple("=+-@＝"))]


@pytest.mark.parametrize(
    "text", ["A fox", "一只小猫", "<script>", "a=b", "1-2", "a, -b", "\u202egnp.exe"]
)
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text


RARE = "\u2003\u200b\u2060\u180e\u3164\u2800\ufe0f\u00ad\x1c\x85\u202e\U000e0020"


@pytest.mark.parametrize("blank", [*RARE, RARE])
@pytest.mark.parametrize("sign", "=+-@＝﹢−")
def test_no_rare_blank_hides_a_formula(blank, sign):
    assert cell(f"{blank}{sign}1").startswith("'")
    assert f";'{blank}"[:2] in cell(f"fox;{blank}{sign}1")
    assert cell(f"a{blank}{sign}1").startswith("a")


def test_a_terminal_is_sent_no_command():
    assert cell("a\x1b[2J\x07\x9b1m\x7f\n\tb") == "a\\x1b[2J\\x07\\x9b1m\\x7f\n\tb"


def test_nul_is_taken_out():
    assert "\0" not in cell("a\0b")


def test_numbers_of_ours_stay_numbers():
    assert [cell(-1), cell(Decimal("-0.10")), cell(None), cell(True)] == ["-1", "-0.10", "", "True"]


def test_commas_quotes_and_lines_come_back_as_they_went():
    text = 'one, "two"\nthree'
    [_names, row] = csv.reader(io.StringIO("".join(lines([text], {"text": str}))))
    assert row == [text]


@pytest.mark.django_db
def test_the_file_holds_every_row_and_streams(make_generation, django_assert_num_queries):
    row = make_generation(
        "succeeded", prompt="=cmd|' /C calc'!A0", seed=0, provider_data={"cost": "0.12"}
    )
    make_generation("failed", owner=row.owner)
    response = csv_response(
        in_batches(Generation.objects.select_related("owner").order_by("-created")),
        GENERATION,
        "generations",
    )
    assert response.streaming
    assert response["Content-Disposition"].startswith('attachment; filename="generations-')
    with django_assert_num_queries(1):
        text = b"".join(response.streaming_content).decode("utf-8-sig")
    found = {line["id"]: line for line in csv.DictReader(io.StringIO(text))}
    assert len(found) == 2
    line = found[str(row.pk)]
    assert line["prompt"] == "'=cmd|' /C calc'!A0"
    assert (line["seed"], line["reported_usd"], line["person"]) == ("0", "0.12", "owner")


@pytest.mark.django_db
def test_events_name_who_and_why(make_generation, reviewer):
    row = make_generation("succeeded")
    event = record_review(row, "rejected", by=reviewer, seen="never", reason="quality", note="@x")
    [line] = csv.DictReader(io.StringIO("".join(lines([event], EVENT))))
    assert line["by"] == "reviewer"
    assert (line["kind"], line["reason"], line["note"]) == ("rejected", "quality", "'@x")


@pytest.mark.django_db
def test_events_of_the_machine_have_nobody():
    event = Event.objects.create(kind="paused", at=timezone.now())
    [line] = csv.DictReader(io.StringIO("".join(lines([event], EVENT))))
    assert (line["by"], line["generation"]) == ("", "")
