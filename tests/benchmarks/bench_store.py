"""Finished videos that wait to be saved: what more clusters add.

BENCH_FILES=60 make bench BENCH=store saves so many on one, two and three clusters.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from tests.emulator.client import EmulatorProcess

from .bench_form import QUICK_FILTERS, services
from .conftest import Database
from .report import Report
from .studio import Studio

Start = Callable[..., Studio]
FILES, SECONDS = int(os.environ.get("BENCH_FILES", "12")), 4.0
CLUSTERS = [1, 2, 3] if "BENCH_FILES" in os.environ else [1, 3]
FASTER = {2: 1.8, 3: 2.3}  # than one cluster, at the least
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
SENDS = """
import time
from django.contrib.auth.models import User
owner = User.objects.get()
for number in range(10):
    Generation.objects.create_queued(
        owner_id=owner.pk, provider="dashscope", model="wan2.2-t2v-plus",
        prompt=f"send {number}", size="832x480")
    print(time.time())
    time.sleep(0.7)
"""
LEFT = "SELECT COUNT(*) FROM generations_generation WHERE status <> 'succeeded'"


@pytest.mark.parametrize("clusters", CLUSTERS)
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
    note = "at least 1.8 times as fast with two clusters as with one, 2.3 times with three"
    report.add(what, home.name, [took], "s", bar=bar or None, note=note)


def test_sending_while_two_clusters_save_all_they_can(
    home: Database, start: Start, report: Report
) -> None:
    with EmulatorProcess(seconds=0) as emulator:
        emulator.fail("download", manner="late", every=SECONDS, times=None)
        studio = start(**services(emulator), **QUICK_FILTERS, WANSTUDIO_DISK_RESERVE_MB=1)
        studio.worker()
        studio.worker()
        time.sleep(SETTLED_AFTER)
        finish(studio, emulator, 20)
        time.sleep(3)
        asked = [float(line) for line in studio.run(SENDS).split()]
        time.sleep(2)
        came = sorted(seen["at"] for seen in emulator.requests("create"))
        assert home.ask(LEFT)[0][0] > len(asked), "the saves ended before the sends"
    values = [(came[number] - at) * 1000 for number, at in enumerate(asked)]
    what = "Row queued to the service's create arriving, two clusters full of saves"
    report.add(what, home.name, values, "ms", bar=500)


def finish(studio: Studio, emulator: EmulatorProcess, count: int) -> None:
    """So many videos are done at the service, and due to be saved."""
    task = {"model": "wan2.2-t2v-plus", "prompt": "a boat", "size": "832x480"}
    ids = emulator.add_many_foreign([task] * count)
    studio.run(ROWS.replace("IDS", repr(ids)))


def saved(studio: Studio, home: Database, emulator: EmulatorProcess) -> float:
    """Seconds until all are saved."""
    finish(studio, emulator, FILES)
    began = time.monotonic()
    while home.ask(LEFT)[0][0]:
        assert time.monotonic() - began < 300, (studio.folder / "log.txt").read_text()[-2000:]
        time.sleep(0.2)
    return time.monotonic() - began
