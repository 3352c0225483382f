"""`manage.py worker` as an installation has it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations.worker import supervisor
from tests.installation import Installation, scratch_database

ASK = """
ada = User.objects.create_user("ada")
for number in range(6):
    Generation.objects.create_queued(owner=ada, provider="sandbox", model="sandbox-t2v",
                           prompt=f"boat {number}", size="832x480")
"""
READY = "print(Generation.objects.succeeded().count())"


@pytest.fixture
def database() -> Iterator[str]:
    with scratch_database() as url:
        yield url


@pytest.mark.database
def test_a_pool_that_is_meant_for_the_web_does_not_trip_the_worker(
    tmp_path: Path, database: str
) -> None:
    studio = Installation(tmp_path, DATABASE_URL=database, WANSTUDIO_POOL="4")
    studio.migrate()
    studio.run(ASK)
    with studio.worker():
        end = time.monotonic() + 60
        while studio.run(READY) != "6" and time.monotonic() < end:
            time.sleep(0.5)
    log = studio.log.read_text()
    assert studio.run(READY) == "6", log[-3000:]
    assert not [line for line in log.splitlines() if "Error" in line or "PoolTimeout" in line]


@pytest.fixture
def signals() -> Iterator[None]:
    """The signal handlers that a supervisor sets are reset."""
    names = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {name: signal.getsignal(name) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def test_what_a_dead_cluster_left_behind_is_ended_before_the_next_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, signals: None
) -> None:
    """The orphan holds one end of a pipe; the other hears of its end."""
    hears, held = os.pipe()
    mine = supervisor.Supervisor(timeout=60)
    mine.heartbeat_file.touch()
    found: list[bytes] = []

    def pause(seconds: float) -> None:
        if seconds == supervisor.RESTART_PAUSE:
            found.extend(os.read(end, 1) for end in select.select([hears], [], [], 5)[0])
            mine.stopping = True

    def start() -> subprocess.Popen[bytes]:
        command = ["sh", "-c", "sleep 600 & exit 3"]
        cluster = subprocess.Popen(command, pass_fds=[held], process_group=0)
        os.close(held)
        cluster.wait()
        return cluster

    monkeypatch.setattr(supervisor.time, "sleep", pause)
    monkeypatch.setattr(mine, "_start", start)
    mine.run()
    os.close(hears)
    assert found == [b""]


def test_systemd_hears_that_it_runs_and_of_each_heartbeat(tmp_path: Path) -> None:
    studio = Installation(tmp_path / "studio", NOTIFY_SOCKET=str(tmp_path / "notify"))
    studio.migrate()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        with studio.worker():
            heard = [systemd.recv(100) for _ in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
