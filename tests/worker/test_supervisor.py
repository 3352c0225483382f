"""`manage.py worker` as an installation has it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations.worker import supervisor
from tests.installation import Installation


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
            found.extend(os.read(end, 1) for end in select.select([hears], [], [], 60)[0])
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
        systemd.settimeout(120)
        with studio.worker():
            heard = [systemd.recv(100) for _ in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
