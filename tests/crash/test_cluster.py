"""The cluster is supervised: when it hangs or starves, it is restarted."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.crash.harness import Site, Worker, end
from tests.emulator.client import EmulatorProcess

pytestmark = pytest.mark.crash
NO_HEARTBEAT = "no heartbeat for"


def test_idle_workers_die_again_and_again_and_the_work_goes_on(site: Site) -> None:
    """A worker that dies while it waits may take the queue's lock with it: the cluster hangs."""
    with site.worker(silence=6) as worker:
        for _ in range(12):
            worker.until_ready()
            end(worker.roles()["worker"][0])
            time.sleep(1)
        site.ask(4)
        site.until_ended(60)
    site.check()


def test_a_cluster_without_free_workers_for_long_is_restarted_even_if_its_watch_lives(
    site: Site,
) -> None:
    """The watch sits in one worker and goes on; the others are stopped and never answer."""
    site.emulator.change(seconds=600)
    site.ask(1)
    with site.worker(silence=6) as worker:
        site.until(lambda: site.statuses()["running"] == 1, 30, "nothing runs")
        watching = busiest(worker)
        for pid in worker.roles()["worker"]:
            if pid != watching:
                end(pid, signal.SIGSTOP)
        site.until(lambda: NO_HEARTBEAT in worker.log.read_text(), 30, "nobody noticed")
        site.ask(1)
        site.until(lambda: site.statuses()["running"] == 2, 30, "the work stands still")


def test_a_long_download_does_not_look_dead(site: Site) -> None:
    site.emulator.fail("download", manner="body drip", every=0, times=None)
    site.ask(2)
    with site.worker(silence=4, WANSTUDIO_WORKERS="3") as worker:
        site.until_ended(120)
        assert NO_HEARTBEAT not in worker.log.read_text()
    site.check()


def test_a_healthy_neighbour_does_not_hide_a_dead_cluster(site: Site) -> None:
    with site.worker(silence=6) as dead, site.worker(silence=60) as healthy:
        dead.until_ready()
        healthy.until_ready()
        for pid in dead.roles()["worker"]:
            end(pid, signal.SIGSTOP)
        site.ask(4)
        site.until(lambda: NO_HEARTBEAT in dead.log.read_text(), 30, "nobody noticed")
        site.until_ended(60)
        assert NO_HEARTBEAT not in healthy.log.read_text()
    site.check()


def test_with_the_leases_of_the_product_everything_moves_within_two_minutes(
    tmp_path: Path, service: EmulatorProcess
) -> None:
    with Site(tmp_path, service, throttles=4, CRASH_HURRY="") as site:
        service.fail("create", "body drip", every=0.02, times=2)
        site.ask(8)
        with site.worker(silence=60):
            site.until(lambda: site.emulator.charged >= 2, 30, "nothing was sent")
        with site.worker(silence=60):
            site.until_ended(120)
        assert site.check()["unconfirmed"] <= 4  # one for each line


def busiest(worker: Worker) -> int:
    """The worker process that used the processor most: the one that polls."""

    def ticks(pid: int) -> int:
        from tests.crash.harness import read

        return sum(map(int, read(pid, "stat").rpartition(")")[2].split()[11:13]))

    before = {pid: ticks(pid) for pid in worker.roles()["worker"]}
    time.sleep(2)
    return max(before, key=lambda pid: ticks(pid) - before[pid])
