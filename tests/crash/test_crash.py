"""Processes die, and nothing is sent twice, lost, half or left standing. `make crash` does more."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from tests.crash.harness import ROLES, Site, end, set_traps
from tests.crash.traps import named_places


def test_a_worker_may_die_at_every_named_place(site: Site, tmp_path: Path) -> None:
    places = named_places()
    traps = set_traps(tmp_path / "traps", places.values())
    site.ask(14)
    with site.worker(CRASH_TRAPS=str(traps), WANSTUDIO_WORKERS="8") as worker:
        site.until(lambda: not any(traps.iterdir()), what=f"not reached: {places}")
        site.until_ended()
        worker.stop()
    standing = site.check()
    assert standing["succeeded"] + standing["unconfirmed"] == 14
    assert not site.processes()


def test_every_kind_of_process_may_die_at_any_moment(site: Site) -> None:
    chance = random.Random(4)
    worker = site.worker()
    for role in (*ROLES, "group"):
        worker.until_ready()
        site.ask(2)
        if role == "group":
            os.killpg(worker.roles()["main"][0], signal.SIGKILL)
        else:
            end(chance.choice(worker.roles()[role]))
        if role == "supervisor":
            worker.process.wait(60)
            site.until(lambda: not site.processes(), what="orphans")
            worker = site.worker()
    site.until_ended()
    worker.until_ready()
    worker.stop()
    site.check()
    assert not site.processes()


def test_all_processes_die_while_twenty_videos_are_made_and_all_twenty_come_home(
    site: Site,
) -> None:
    site.emulator.change(seconds=3600)
    site.worker().until_ready()
    site.ask(20, throttles=1)
    site.until(lambda: site.statuses()["running"] == 20, what="not all were sent")
    for _, pid in site.processes():
        end(pid)
    site.until(lambda: not site.processes(), what="somebody survived")

    site.emulator.advance(3600)
    with site.worker() as worker:
        site.until_ended()
        worker.stop()

    assert site.check() == {"succeeded": 20}
    assert len(site.emulator.state()["creates"]) == 20


def test_a_supervisor_that_dies_while_its_cluster_still_starts_leaves_nobody(site: Site) -> None:
    worker = site.worker()
    site.until(lambda: len(site.processes()) > 1, what="no cluster was begun")
    worker.process.kill()
    worker.process.wait(60)
    site.until(lambda: not site.processes(), what="orphans")
