"""Decisions and repairs as CSV, for the auditor."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from generations.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_generation, reviewer):
    """A row that was asked for, made, rejected and flagged."""
    row = make_generation("succeeded")
    for kind, by in (("queued", row.owner), ("succeeded", None)):
        row.log_event(kind, by=by)
    for kind in ("rejected", "flagged"):
        row.log_event(kind, by=reviewer)
    return row


def export(*options):
    out = io.StringIO(newline="")
    call_command("export_log", *options, stdout=out)
    return [line["kind"] for line in csv.DictReader(io.StringIO(out.getvalue()))]


def test_the_command_writes_decisions_oldest_first(row):
    assert export() == ["rejected", "flagged"]
    assert export("--all") == ["queued", "succeeded", "rejected", "flagged"]


def test_the_command_keeps_to_its_days(row):
    Event.objects.filter(kind="rejected").update(at=timezone.now() - timedelta(days=3))
    today = timezone.localdate().isoformat()
    before = (timezone.localdate() - timedelta(days=3)).isoformat()
    assert export("--since", today) == ["flagged"]
    assert export("--until", before) == ["rejected"]
