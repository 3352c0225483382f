"""More than one cluster, one without the other, and what they stand on goes away for a while."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.crash.harness import Site
from tests.crash.servers import OwnPostgres, OwnRedis
from tests.emulator.client import EmulatorProcess
from tests.installation import Installation, Person

long = pytest.mark.crash


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Another process writes, and does not end."""
    other = sqlite3.connect(site.folder / "studio.sqlite3", timeout=20, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=long)])
def test_a_database_that_is_locked_when_an_id_arrives_loses_nothing(
    site: Site, seconds: int
) -> None:
    site.emulator.fail("create", "body drip", every=0.005)
    site.ask(3)
    with site.worker() as worker:
        site.until(lambda: site.emulator.charged, what="nothing was sent")
        with locked(site):
            time.sleep(seconds)
        site.until_ended()
        site.until(lambda: site.statuses()["succeeded"] == 3, what="an id was lost")
        worker.stop()
    site.check()


def test_what_was_asked_while_no_worker_ran_is_made_when_one_comes(site: Site) -> None:
    """The pages alone; then a cluster that finds no task, for the queue was emptied."""
    site.ask(4)
    site.tell("empty_queue")
    with site.worker() as worker:
        site.until(lambda: site.statuses() == {"succeeded": 4}, what="not all were made")
        worker.stop()
    site.check()


@long
def test_two_clusters_on_one_database_send_nothing_twice(site: Site) -> None:
    with site.worker() as one, site.worker() as other:
        for _ in range(5):
            site.ask(10)
            time.sleep(1)
        one.stop()
        site.until_ended(120)
        other.stop()
    assert site.check() == {"succeeded": 50}
    assert not site.processes()


@long
def test_postgresql_and_redis_may_go_and_come_back(
    tmp_path: Path, service: EmulatorProcess
) -> None:
    with (
        OwnPostgres() as postgres,
        OwnRedis() as redis,
        Site(tmp_path, service, throttles=8, database=postgres.url, redis=redis.url) as site,
        site.worker(silence=30) as worker,
    ):
        for server in (redis, postgres, redis, postgres):
            site.ask(8)
            time.sleep(1)
            server.stop()
            time.sleep(3)
            server.start()
            postgres.until_answering()
        site.ask(8)
        site.tell("empty_queue")
        site.until_ended(150)
        worker.stop()
        standing = site.check()
        assert standing["succeeded"] + standing["unconfirmed"] == 40
        assert not site.processes()


@long
@pytest.mark.parametrize("jump", ["+3600", "-3600"])
def test_the_clock_may_jump_by_an_hour(site: Site, tmp_path: Path, jump: str) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    site.ask(10)
    with site.worker(silence=10, CRASH_CLOCK=str(clock)) as worker:
        site.until(lambda: site.emulator.charged >= 3, 60, "nothing was sent")
        changed = tmp_path / "changed"
        changed.write_text(jump)
        os.replace(changed, clock)
        site.ask(10)
        site.until_ended(120)
        assert "no heartbeat for" not in worker.log.read_text()
        worker.stop()
    standing = site.check()
    assert standing["succeeded"] + standing["unconfirmed"] == 20


@long
def test_pages_are_back_seconds_after_postgresql_is(tmp_path: Path) -> None:
    """A pool that lost its server waits longer and longer before it asks again."""
    with OwnPostgres() as postgres:
        studio = Installation(tmp_path, DATABASE_URL=postgres.url, WANSTUDIO_POOL="4")
        studio.migrate()
        studio.person("ada")
        with studio.web() as address:
            ada = Person(address, "ada")
            assert ada.ask("GET", "/gallery/").status_code == 200
            postgres.stop()
            stopped = time.monotonic()
            while time.monotonic() < stopped + 40:
                with suppress(requests.RequestException):
                    ada.get(f"{address}/gallery/", timeout=2)
                time.sleep(0.5)
            postgres.start()
            postgres.until_answering()
            until_answering(ada, seconds=10)


def until_answering(person: Person, seconds: float) -> None:
    end = time.monotonic() + seconds
    while person.ask("GET", "/gallery/").status_code != 200:
        assert time.monotonic() < end, "no page is answered"
        time.sleep(0.1)
