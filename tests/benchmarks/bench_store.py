"""Finished videos that wait to be saved: what two more clusters add."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.emulator.client import EmulatorProcess

from .bench_form import services
from .conftest import Database
from .report import Report
from .studio import Studio

Start = Callable[..., Studio]
FILES, SECONDS = 16, 2.0
FASTER = {3: 2.3}  # than one cluster, at the least
TOOK: dict[tuple[str, int], float] = {}
SETTLED_AFTER = 6.0  # seconds, in which every cluster has started

ROWS = """
import json, sys
from django.contrib.auth.models import User
from django.utils import timezone
owner, _ = User.objects.get_or_create(username="owner")
now = timezone.now()
Generation.objects.bulk_create(
    Generation(
        owner=owner, provider="dashscope", model="wan2.2-t2v-plus", prompt="a boat",
        size="832x480", status="storing", submitted_at=now, due_at=now, remote_id=remote_id)
    for remote_id in IDS)
Generation.objects.ensure_poller()
"""
LEFT = "SELECT COUNT(*) FROM generations_generation WHERE status <> 'succeeded'"


@pytest.mark.parametrize("clusters", [1, 3])
def test_saving(home: Database, start: Start, report: Report, clusters: int) -> None:
    with EmulatorProcess(seconds=0) as emulator:
        emulator.fail("download", manner="late", every=SECONDS, times=None)
        studio = start(**services(emulator), WANSTUDIO_WORKERS=4, WANSTUDIO_DISK_RESERVE_MB=1)
        for _ in range(clusters):
            studio.worker()
        time.sleep(SETTLED_AFTER)
        took = saved(studio, home, emulator)
    TOOK[home.name, clusters] = took
    bar = TOOK.get((home.name, 1), 0) / FASTER[clusters] if clusters in FASTER else None
    what = f"{FILES} videos of {SECONDS:.0f} s saved, clusters of four: {clusters}"
    note = "with three clusters at least 2.3 times as fast as with one"
    report.add(what, home.name, [took], "s", bar=bar or None, note=note)


def saved(studio: Studio, home: Database, emulator: EmulatorProcess) -> float:
    """Seconds until all are saved."""
    task = {"model": "wan2.2-t2v-plus", "prompt": "a boat", "size": "832x480"}
    ids = emulator.add_many_foreign([task] * FILES)
    studio.run(ROWS.replace("IDS", repr(ids)))
    began = time.monotonic()
    while home.ask(LEFT)[0][0]:
        assert time.monotonic() - began < 300, (studio.folder / "log.txt").read_text()[-2000:]
        time.sleep(0.2)
    return time.monotonic() - began
