"""A PostgreSQL and a Redis of the test's own, on free ports: to be stopped, started and flushed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until_listening(port: int, seconds: float = 120) -> None:
    end_at = time.monotonic() + seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end_at:
            raise OSError(f"nothing listens on port {port}")
        time.sleep(0.05)


class Server:
    """A process that keeps its data in `folder` and can be started again on the same port."""

    user: str | None = None

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="wanstudio-server-"))
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd="/", user=self.user, stdout=log, stderr=log
            )
        until_listening(self.port)

    def stop(self) -> None:
        """At once, as a machine that is switched off would."""
        if self.process:
            self.process.send_signal(self.at_once)
            self.process.wait(60)

    at_once = 9

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class OwnRedis(Server):
    def __init__(self) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("there is no redis-server here")
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        no_disk = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), *no_disk]

    def __enter__(self) -> OwnRedis:
        self.start()
        return self


class OwnPostgres(Server):
    at_once = 3  # SIGQUIT: immediate shutdown, the next start recovers

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        on_path = shutil.which("initdb")
        if not found and not on_path:
            pytest.skip("there is no PostgreSQL server here")
        super().__init__()
        self.programs = found[-1].parent if found else Path(str(on_path)).parent
        if os.geteuid() == 0:  # it refuses to run as root
            self.user = "postgres" if has_user("postgres") else "nobody"
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://studio@127.0.0.1:{self.port}/studio"

    def command(self) -> list[str]:
        places = ["-D", str(self.data), "-k", str(self.folder), "-p", str(self.port)]
        return [str(self.programs / "postgres"), *places, "-h", "127.0.0.1"]

    def __enter__(self) -> OwnPostgres:
        self.run("initdb", "-D", str(self.data), "-U", "studio", "-A", "trust", "--no-sync")
        self.start()
        self.until_answering()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "studio", "studio")
        return self

    def until_answering(self, seconds: float = 120) -> None:
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end_at = time.monotonic() + seconds
        while subprocess.run(ready).returncode:
            assert time.monotonic() < end_at, "PostgreSQL does not answer"
            time.sleep(0.1)

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, cwd="/", user=self.user, check=True, stdout=subprocess.DEVNULL)


def has_user(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False
