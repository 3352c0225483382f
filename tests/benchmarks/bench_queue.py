"""A long line: with ten thousand waiting rows, sending and watching are as fast as with ten."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.emulator.client import EmulatorProcess

from .bench_form import QUICK_FILTERS, services
from .bench_watch import measured
from .conftest import Database
from .report import Report, p95
from .rows import fill_queue
from .studio import Studio

Start = Callable[..., Studio]
FEW, MANY = 10, 10_000
WATCHED: dict[tuple[str, int], list[float]] = {}
SENT: dict[tuple[str, int], list[float]] = {}
ALIKE = 1.25  # as fast as: at most a quarter slower
SENDS = 40
PEOPLE = 500

ASK = """
from django.db import transaction
with transaction.atomic():
    for person in PEOPLE:
        Generation.objects.create_queued(
            owner_id=person, provider="dashscope", model="wan2.2-t2v-plus",
            prompt="one of ten", size="832x480")
"""


@pytest.mark.parametrize("queued", [FEW, MANY])
def test_sending(home: Database, start: Start, report: Report, queued: int) -> None:
    with EmulatorProcess(seconds=3600) as emulator:
        studio = start(**services(emulator), **QUICK_FILTERS)
        owners = [pk for pk, _ in studio.people(PEOPLE)]
        if queued == MANY:
            fill_queue(home, owners, queued)
            studio.worker()
            moments = sends(emulator, SENDS)
        else:
            studio.worker()
            moments = ten_by_ten(studio, emulator, owners)
    gaps = [(after - before) * 1000 for before, after in zip(moments, moments[1:], strict=False)]
    gaps = [gap for number, gap in enumerate(gaps, 1) if queued == MANY or number % FEW]
    SENT[home.name, queued] = gaps
    few = SENT.get((home.name, FEW), gaps)
    bar = None if queued == FEW else ALIKE * p95(few)
    what = f"From one send to the next in a throttle, {queued:,} queued"
    report.add(what, home.name, gaps, "ms", bar=bar, note=AS_FAST)


def sends(emulator: EmulatorProcess, count: int) -> list[float]:
    """When the first `count` creates arrived, once they have."""
    until = time.time() + 30
    while emulator.charged < count and time.time() < until:
        time.sleep(0.2)
    return [seen["at"] for seen in emulator.requests("create")][:count]


def ten_by_ten(studio: Studio, emulator: EmulatorProcess, owners: list[int]) -> list[float]:
    for first in range(0, SENDS, FEW):
        studio.run(ASK.replace("PEOPLE", str(owners[first : first + FEW])))
        moments = sends(emulator, first + FEW)
    return moments


AS_FAST = f"the bar is a quarter more than with ten; the rows are those of {PEOPLE} people"


@pytest.mark.parametrize("home", ["SQLite"], indirect=True)
@pytest.mark.parametrize("queued", [FEW, MANY])
def test_watching(home: Database, start: Start, report: Report, queued: int) -> None:
    lags, _, _ = measured(home, start, 10, 1, ending=40, wait=5, span=6, queued=queued)
    WATCHED[home.name, queued] = lags
    few = WATCHED.get((home.name, FEW), lags)
    bar = None if queued == FEW else ALIKE * p95(few)
    what = f"Service done to row knows, 1 s cadence, {queued:,} queued"
    report.add(what, home.name, lags, "s", bar=bar, note=AS_FAST)
