"""Who sits in the administration, and sums for its reports."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generations.models import DailyReview, DailySum, DailyTimes


@pytest.fixture
def staff(client, operator):
    """The administrator's client."""
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
