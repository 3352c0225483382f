"""An installation of its own: environment, database, files, and real processes on loopback."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import requests

from tests.django_shell import DjangoShell
from tests.python_process import PythonProcess, run_python
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def of_this_machine() -> dict[str, str]:
    """All that a process of the product gets of the environment that tests run in."""
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in names if name in os.environ}


def migrate(environment: dict[str, str]) -> None:
    """Migrate the database of this environment. A new SQLite file is a copy of one made before."""
    target = Path(environment["DATABASE_URL"].partition("sqlite:///")[2] or "/")
    if target.exists():  # or is no SQLite file
        run_migrations(environment)
        return
    made = Path(os.environ["TESTS_MIGRATED"])  # one for all processes of a run
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = made.with_suffix(".part")
            run_migrations(environment | {"DATABASE_URL": f"sqlite:///{unfinished}"})
            unfinished.rename(made)
    shutil.copy(made, target)


def run_migrations(environment: dict[str, str]) -> None:
    command = ["manage.py", "migrate", "-v0", "--skip-checks"]
    run_python(command, cwd=ROOT, env=environment, check=True, timeout=240)


class Installation:
    """`folder` holds database and files, unless `variables` say otherwise."""

    def __init__(self, folder: Path, **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {
            **of_this_machine(),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "WANSTUDIO_ENV_FILE": "none",
            "SECRET_KEY": "a-key-for-tests-alone-" * 3,
            "DATABASE_URL": f"sqlite:///{folder}/studio.sqlite3",
            "MEDIA_ROOT": str(folder / "media"),
            "WANSTUDIO_SANDBOX_SECONDS": "0.5",
            "WANSTUDIO_WORKERS": "3",
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "8",
            **variables,
        }
        self.log = folder / "log.txt"
        self.shell: DjangoShell | None = None

    def manage(self, *arguments: str, fails: bool = False, **variables: str) -> str:
        """What `manage.py` wrote; with `fails`, what it complained of."""
        done = run_python(
            ["manage.py", *arguments], cwd=ROOT, capture_output=True, text=True,
            env=self.environment | variables, timeout=240,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stderr[-3000:]
        return done.stderr if fails else done.stdout

    def run(self, code: str) -> str:
        """What Python printed, with models and factory at hand."""
        if not self.shell or self.shell.environment != self.environment:
            self.shell = DjangoShell(self.environment)
        return self.shell.run(code)

    def migrate(self) -> None:
        migrate(self.environment)

    def person(self, name: str) -> None:
        self.run(f"User.objects.create_user({name!r}, password={PASSWORD!r})")

    @contextlib.contextmanager
    def started(self, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of its own group, stopped in the end; killed if it does not stop."""
        with self.log.open("a") as log:
            process = PythonProcess(
                arguments, cwd=ROOT, env=self.environment | variables,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def started_web(self) -> Iterator[str]:
        """The address of a web server whose process answers, whatever else does not."""
        port = free_port()
        gunicorn = ("-m", "gunicorn", "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi")
        with self.started(*gunicorn, PORT=str(port)):
            self.wait_for(f"http://127.0.0.1:{port}/livez")
            yield f"http://127.0.0.1:{port}"

    @contextlib.contextmanager
    def web(
        self, config: str = "python:wanstudio.gunicorn", host: str = "127.0.0.1"
    ) -> Iterator[str]:
        """The address of a web server that answers, by the name `host`."""
        port = free_port()
        gunicorn = ("-m", "gunicorn", "--config", config, "wanstudio.wsgi")
        with self.started(*gunicorn, PORT=str(port)):
            address = f"http://{host}:{port}"
            self.wait_for(f"{address}/accounts/login/")
            yield address

    def worker(self) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
        return self.started("manage.py", "worker", "--skip-checks")

    def wait_for(self, address: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                requests.get(address, timeout=30, allow_redirects=False)
                return
            time.sleep(0.1)
        raise AssertionError(f"nothing answers:\n{self.log.read_text()[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person(requests.Session):
    """Somebody with a browser, signed in at `address`."""

    def __init__(self, address: str, name: str) -> None:
        super().__init__()
        self.address = address
        self.submit("/accounts/login/", username=name, password=PASSWORD)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.request(method, self.address + path, timeout=120, **options)

    def submit(self, path: str, files: Any = None, **fields: Any) -> requests.Response:
        """Send the form that stands at `path`."""
        page = self.ask("GET", path)
        token = CSRF.search(page.text)
        assert token, f"no form at {path}: {page.status_code} {page.text[:500]}"
        data = {"csrfmiddlewaretoken": token[1], **fields}
        return self.ask("POST", path, data=data, files=files, allow_redirects=False)

    def make_video(self, prompt: str, model: str = "sandbox/sandbox-t2v", **fields: Any) -> str:
        """Ask for a video, a small one unless `size` is given; returns the path of its page."""
        fields = {"size": "832x480", **fields}
        answer = self.submit("/", id=str(uuid4()), model=model, prompt=prompt, **fields)
        assert answer.status_code == 302, answer.text[:2000]
        return answer.headers["Location"]

    def finished_video(self, page: str) -> bytes:
        """The file behind `page`, as soon as it can be played."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.ask("GET", f"{page}video.mp4")
            if answer.status_code == 200:
                return answer.content
            time.sleep(0.2)
        raise AssertionError(f"no video: {answer.status_code}")


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database beside the one that the tests were given.

    Skips the test where there is none.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if not given.startswith("postgres"):
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL")
    name = f"wanstudio_{uuid4().hex[:12]}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(given)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
