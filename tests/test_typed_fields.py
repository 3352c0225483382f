"""What a browser reads as a date or a number is written for browsers, not for readers."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from generations.models import DailySum, DailyTimes

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NUMERIC = {"progress", "meter", "rect", "circle", "line"}
MEASURES = {"value", "min", "max", "x", "y", "cx", "cy", "r", "x1", "x2", "y1", "y2"}
MEASURES |= {"width", "height"}


class TypedValues(HTMLParser):
    """Collects the dates and numbers of a page that a browser must parse."""

    def __init__(self, page):
        super().__init__()
        self.dates, self.numbers = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        kind = attrs.get("type")
        if tag == "input" and kind == "date":
            self.dates.append(attrs.get("value", ""))
        elif tag in NUMERIC or (tag == "input" and kind in ("number", "range")):
            self.numbers += [value for name, value in attrs.items() if name in MEASURES]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_dates_and_numbers_in_fields_are_the_same_in_every_language(
    client, operator, make_generation, language
):
    today = timezone.localdate()
    DailySum.objects.create(
        day=today, owner=operator, provider="p", model="m", status="succeeded", count=1234,
        estimated="1234.5",
    )  # fmt: skip
    DailyTimes.objects.create(
        day=today - timedelta(days=1), provider="p", model="m",
        waiting_median=1234.5, waiting_p90=2345.5, running_median=60.5, running_p90=90,
    )  # fmt: skip
    running = make_generation("running", owner=operator, progress=40)
    client.force_login(operator)
    dates, numbers = [], []
    for path in (
        reverse("admin:generations_spend"),
        f"{reverse('admin:generations_spend')}?since={today}&until={today}",
        f"/gallery/?since={today}&until={today}",
        reverse("admin:generations_numbers"),
        f"/v/{running.pk}/",
        "/",
    ):
        page = client.get(path, headers={"Accept-Language": language}).content.decode()
        assert f'lang="{language}"' in page.lower()
        found = TypedValues(page)
        dates += found.dates
        numbers += found.numbers
    assert len(dates) == 6
    assert len(numbers) > 30
    assert [value for value in dates if not ISO_DAY.fullmatch(value)] == []
    assert [value for value in numbers if not NUMBER.fullmatch(value)] == []
