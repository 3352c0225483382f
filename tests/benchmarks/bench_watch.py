"""One watch for thousands: how long after a service is done our row knows, and at what cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime

from generations.providers.base import RemoteState
from generations.providers.dashscope import DashScope
from tests.emulator.client import EmulatorProcess

from .bench_form import services
from .conftest import Database
from .report import Report
from .rows import fill_queue, fill_running
from .studio import Studio

Start = Callable[..., Studio]
LIFE = 3600.0  # seconds a task runs in these emulators; they began long ago
KNOWN = "SELECT g.remote_id, e.at FROM generations_event e JOIN generations_generation g"
KNOWN += " ON g.id = e.generation_id WHERE e.kind = 'failed'"
WORKERS = 4  # of the naive way: each holds one generation


@dataclass(frozen=True)
class Flight:
    """Tasks at the service. `ends` has those that end while we look, and when."""

    tasks: list[str]
    ends: dict[str, float]
    over: float


def take_off(
    emulator: EmulatorProcess, count: int, ending: int, wait: float, span: float
) -> Flight:
    """`count` running tasks, and `ending` more that end in the `span` seconds after `wait`.

    They end as failures: what is measured is the watch, not the saving of files.
    """
    now = time.time()
    ends = [now + wait + span * number / ending for number in range(ending)]
    staying = [{"created": now - LIFE / 2 + number * 0.001} for number in range(count)]
    failing = {"failure": ["InternalError", "out of luck"]}
    tasks = emulator.add_many_foreign([{"created": end - LIFE} | failing for end in ends] + staying)
    return Flight(tasks, dict(zip(tasks, ends, strict=False)), now + wait + span)


def lags(home: Database, flight: Flight, patience: float) -> list[float]:
    """Seconds from the end of each task until its row said so."""
    until = flight.over + patience
    while len(known := home.ask(KNOWN)) < len(flight.ends) and time.time() < until:
        time.sleep(1)
    moments = {
        task: at if not isinstance(at, str) else parse_datetime(f"{at}Z") for task, at in known
    }
    late = until - flight.over
    return [
        moments[t].timestamp() - end if t in moments else late for t, end in flight.ends.items()
    ]


def poll_one_by_one(
    emulator: EmulatorProcess, flight: Flight, every: float, patience: float
) -> list[float]:
    """The naive way: a worker takes a generation and asks until it is done, then the next."""
    adapter = DashScope(alias="naive", **emulator.options())
    found: dict[str, float] = {}
    until, lock = flight.over + patience, threading.Lock()

    def hold(task: str) -> None:
        while time.time() < until:
            if adapter.poll(task, "wan2.2-t2v-plus").state == RemoteState.FAILED:
                with lock:
                    found[task] = time.time()
                return
            time.sleep(min(every, max(0.0, until - time.time())))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(hold, shuffled(flight.tasks)))
    return [found.get(task, until) - end for task, end in flight.ends.items()]


def shuffled(tasks: list[str]) -> list[str]:
    """In an order that has nothing to do with when they end."""
    return sorted(tasks, key=lambda task: task[::-1])


def measured(
    home: Database, start: Start, in_flight: int, every: float, *, ending: int, wait: float,
    span: float, queued: int = 0, naive: bool = False,
) -> tuple[list[float], float, list[float]]:  # fmt: skip
    """Lags in seconds, cores that the worker used, and lags of the naive way."""
    with EmulatorProcess(seconds=LIFE, waiting=0) as emulator:
        rate = 1.2 * (in_flight + ending) / every
        studio = start(
            **services(emulator), DASHSCOPE_POLL_EVERY=every, DASHSCOPE_QUERY_RATE=rate,
            DASHSCOPE_MAX_OPEN=1,
        )  # fmt: skip
        home = studio.database
        owners = [pk for pk, _ in studio.people(50)]
        if queued:
            fill_queue(home, owners, queued, first=1_000_000)
        flight = take_off(emulator, in_flight, ending, wait, span)
        fill_running(home, owners, flight.tasks, emulator.base_url, every)
        worker = studio.worker()
        time.sleep(max(0.0, flight.over - span - time.time()))
        meter = studio.meter(worker)
        time.sleep(span)
        cores = meter.cores()
        ours = lags(home, flight, patience=2 * every)
        studio.stop()
        if not naive:
            return ours, cores, []
        flight = take_off(emulator, in_flight, ending, 2, span)
        return ours, cores, poll_one_by_one(emulator, flight, every, patience=2 * every)


def test_fifty_in_flight(home: Database, start: Start, report: Report) -> None:
    on_both = home.name == "SQLite"  # what is naive does not ask the database
    ours, cores, naive = measured(home, start, 10, 3, ending=40, wait=6, span=12, naive=on_both)
    what = "Service done to row knows, 50 in flight, 3 s cadence"
    report.add(what, home.name, ours, "s", bar=3.5, naive=naive, note=NAIVE)


NAIVE = (
    f"the naive worker has {WORKERS} processes, each of which holds one generation; ours may ask "
    "20 times a second, as DashScope allows (`DASHSCOPE_QUERY_RATE`): with the default of 10, "
    "which leaves half to others, the cadence stretches to 5 s at 50 in flight"
)


def test_ten_thousand_in_flight(
    home: Database, start: Start, before: Start | None, report: Report
) -> None:
    about = {"ending": 1000, "wait": 18.0, "span": 20.0}
    ours, cores, _ = measured(home, start, 9000, 15, **about)  # type: ignore[arg-type]
    theirs, used = [], 0.0
    if before and home.name == "SQLite":
        theirs, used, _ = measured(home, before, 9000, 15, **about)  # type: ignore[arg-type]
    what = "10,000 in flight, 15 s cadence, one worker slot"
    report.add(f"{what}: lag", home.name, ours, "s", bar=20, naive=theirs)
    spent = [used] if used else []
    report.add(
        f"{what}: worker", home.name, [cores], "cores", bar=1, naive=spent, note=DATABASE_TOO
    )


DATABASE_TOO = "with what PostgreSQL itself uses for it"
