"""An upgrade as docs/operating.md describes it refuses no request, by reload and by restart."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.installation import ROOT, Installation
from tests.waiting import until

# As systemd hands over the socket of wanstudio-web.socket, and as its unit starts the program.
ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
GUNICORN = ("-m", "gunicorn", "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi")
VISITORS = 4
EXPECTED = 20  # requests answered after the change


class Unit:
    """What systemd does for the two units of the web: it holds the socket, and starts gunicorn."""

    def __init__(self, studio: Installation) -> None:
        self.studio = studio
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.socket.getsockname()[1]

    def __enter__(self) -> Unit:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.socket.close()

    def start(self) -> None:
        number = self.socket.fileno()
        with self.studio.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ACTIVATED, str(number), *GUNICORN],
                cwd=ROOT, env=self.studio.environment | {"PORT": str(self.port)},
                pass_fds=[number], stdout=log, stderr=log,
            )  # fmt: skip
        requests.get(f"http://127.0.0.1:{self.port}/livez", timeout=120)  # it waits in the socket

    def reload(self) -> None:
        before = self.workers()
        self.process.send_signal(signal.SIGHUP)
        until(lambda: bool(now := self.workers()) and not before & now)

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=120) == 0

    def workers(self) -> set[str]:
        pid = str(self.process.pid)
        return set(
            subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split()
        )


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    studio = Installation(tmp_path, WEB_CONCURRENCY="2")
    studio.migrate()
    with Unit(studio) as unit:
        yield unit


@contextlib.contextmanager
def visitors(port: int) -> Iterator[list[str]]:
    """Some who open one page after another; what each of them got, as it comes in."""
    answers: list[str] = []
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/accounts/login/", timeout=120)
                answers.append(str(answer.status_code))
            except requests.RequestException as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("change", [Unit.reload, Unit.restart])
def test_no_request_fails_while_the_web_server_is_replaced(
    unit: Unit, change: Callable[[Unit], None]
) -> None:
    with visitors(unit.port) as answers:
        change(unit)
        count = len(answers)
        until(lambda: len(answers) > count + EXPECTED)
    assert set(answers) == {"200"}
    print(f"{len(answers)} requests during a {change.__name__}, none failed")
