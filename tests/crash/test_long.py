"""The long fault run: `make crash`. It prints what it saw; `docs/reliability.md` keeps it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.harness import ROLES, Site, Worker, end, set_traps
from tests.crash.servers import OwnPostgres, OwnRedis
from tests.crash.traps import every_line
from tests.emulator.client import EmulatorProcess

pytestmark = pytest.mark.crash

GENERATIONS = 520
KILLS = 120
THROTTLES = 24
AT_MOST = 300.0  # seconds of killing


@pytest.fixture(params=["SQLite", "PostgreSQL and Redis"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    journal = str(tmp_path / "journal")
    with EmulatorProcess(seconds=1, waiting=0.2, journal=journal) as emulator:
        if request.param == "SQLite":
            with Site(tmp_path, emulator, throttles=THROTTLES) as site:
                yield site
            return
        with OwnPostgres() as postgres, OwnRedis() as redis:
            stores = {"database": postgres.url, "redis": redis.url}
            with Site(tmp_path, emulator, throttles=THROTTLES, **stores) as site:
                yield site


def test_a_hundred_deaths_and_five_hundred_generations(
    site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    began = time.monotonic()
    places = every_line()
    traps = set_traps(tmp_path / "traps", places)
    killer = Killer(site, traps)
    while killer.goes_on(time.monotonic() - began):
        killer.step()
    left = len(list(traps.iterdir()))
    for token in traps.iterdir():
        token.unlink()
    worker = killer.alive_worker()
    started = time.monotonic()
    site.until_ended(300)
    moving = time.monotonic() - started
    site.until(lambda: not missing(site), 120, "paid and not found")
    standing = site.check()
    worker.stop()
    deaths = len(places) - left
    print(
        f"\n{request.node.callspec.id}: {len(site.asked)} generations, "
        f"{sum(killer.kills.values())} kills at random {dict(killer.kills)}, "
        f"{deaths} deaths at a line of its own out of {len(places)}, "
        f"{site.emulator.charged} charged, rows {dict(standing)}, "
        f"{len(site.tell('events', kind='found'))} found in the list, "
        f"all ended {moving:.0f} s after the last kill, {time.monotonic() - began:.0f} s in all"
    )
    assert sum(killer.kills.values()) + deaths >= KILLS
    assert not site.processes()


def missing(site: Site) -> list[str]:
    """Paid tasks whose row is not ready yet."""
    ready = {row["prompt"] for row in site.rows() if row["status"] == "succeeded"}
    return [prompt for prompt in site.paid() if prompt not in ready]


class Killer:
    """Asks for videos, and every now and then ends a process of the cluster."""

    def __init__(self, site: Site, traps: Path) -> None:
        self.site = site
        self.traps = traps
        self.chance = random.Random(20_26)
        self.kills: Counter[str] = Counter()
        self.worker: Worker | None = None

    def goes_on(self, seconds: float) -> bool:
        enough = len(self.site.asked) >= GENERATIONS and sum(self.kills.values()) >= KILLS
        return seconds < AT_MOST and not (enough and not any(self.traps.iterdir()))

    def step(self) -> None:
        if len(self.site.asked) < GENERATIONS:
            self.site.ask(8)
        worker = self.alive_worker()
        time.sleep(self.chance.uniform(0.5, 6))
        role = self.chance.choice([*ROLES, "worker", "worker", "group"])
        roles = worker.roles()
        if role == "group" and roles.get("main"):
            os.killpg(roles["main"][0], signal.SIGKILL)
        elif roles.get(role):
            end(self.chance.choice(roles[role]))
        else:
            return
        self.kills[role] += 1

    def alive_worker(self) -> Worker:
        """The worker, started again as a process manager would."""
        if self.worker is None or self.worker.process.poll() is not None:
            self.worker = self.site.worker(CRASH_TRAPS=str(self.traps))
        return self.worker
