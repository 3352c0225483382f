"""A long line: with ten thousand waiting rows, sending and watching are as fast as with ten."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest

from tests.emulator.client import EmulatorProcess

from .bench_form import QUICK, services
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
SEEN = 400  # sends that are looked at, or as many as there are


@pytest.mark.parametrize("queued", [FEW, MANY])
def test_sending(home: Database, start: Start, report: Report, queued: int) -> None:
    with EmulatorProcess(seconds=3600) as emulator:
        studio = start(**services(emulator), **QUICK)
        owners = [pk for pk, _ in studio.people(50)]
        fill_queue(home, owners, queued)
        studio.worker()
        until = time.time() + 30
        while emulator.charged < min(SEEN, queued) and time.time() < until:
            time.sleep(0.5)
        moments = [seen["at"] for seen in emulator.requests("create")][:SEEN]
    gaps = [(after - before) * 1000 for before, after in zip(moments, moments[1:], strict=False)]
    SENT[home.name, queued] = gaps
    few = SENT.get((home.name, FEW), gaps)
    bar = None if queued == FEW else ALIKE * p95(few)
    what = f"From one send to the next in a lane, {queued:,} queued"
    report.add(what, home.name, gaps, "ms", bar=bar, note=AS_FAST)


AS_FAST = "the bar is a quarter more than with ten"


@pytest.mark.parametrize("queued", [FEW, MANY])
def test_watching(home: Database, start: Start, report: Report, queued: int) -> None:
    lags, _, _ = measured(home, start, 10, 1, ending=60, wait=8, span=20, queued=queued)
    WATCHED[home.name, queued] = lags
    few = WATCHED.get((home.name, FEW), lags)
    bar = None if queued == FEW else ALIKE * p95(few)
    what = f"Service done to row knows, 1 s cadence, {queued:,} queued"
    report.add(what, home.name, lags, "s", bar=bar, note=AS_FAST)
    assert median(lags) > 0
