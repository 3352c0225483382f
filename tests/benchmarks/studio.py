"""A studio as it runs for people: gunicorn, worker, database of its own; and who is signed in."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.installation import of_this_machine

from .databases import PostgreSQL, SQLite
from .processes import Meter

ROOT = Path(__file__).resolve().parents[2]
WEB = ["-m", "gunicorn", "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi"]

SIGN_IN = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
people = User.objects.bulk_create(
    User(username=f"person {number}", password="!") for number in range(COUNT))
sessions = []
for person in people:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    sessions.append([person.pk, session.session_key])
print(json.dumps(sessions))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Studio:
    """Its processes end with it. `env` are variables beyond what every studio here has.

    `root` is the checkout whose code runs: this one, or the commit before, with its own `.venv`.
    """

    def __init__(
        self, folder: Path, database: SQLite | PostgreSQL, root: Path = ROOT, **env: Any
    ) -> None:
        self.folder, self.database, self.port = folder, database, free_port()
        self.root = root
        self.python = sys.executable if root == ROOT else str(root / ".venv/bin/python")
        self.running: list[subprocess.Popen[bytes]] = []
        self.log = (folder / "log.txt").open("ab")
        self.env = of_this_machine() | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": str(root),
            "WANSTUDIO_ENV_FILE": "none",
            "DATABASE_URL": database.url,
            "MEDIA_ROOT": str(folder / "media"),
            "SECRET_KEY": "a-key-for-the-benchmarks-" * 3,
            "WANSTUDIO_INSTANCE": "bench",
            "WANSTUDIO_RATE": "1000000",
            "PORT": str(self.port),
        }
        self.env |= {name: str(value) for name, value in env.items()}

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
        self.log.close()

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(timeout=60)
        self.running.clear()

    def manage(self, *command: str) -> None:
        subprocess.run(
            [self.python, "manage.py", *command],
            cwd=self.root, env=self.env, check=True, timeout=300, stdout=self.log, stderr=self.log,
        )  # fmt: skip

    def run(self, code: str) -> str:
        """Run Python inside the studio; what it printed."""
        begin = "import django; django.setup()\nfrom generations.models import *\n"
        done = subprocess.run(
            [self.python, "-c", begin + code],
            cwd=self.root, env=self.env, check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout.strip()

    def people(self, count: int) -> list[tuple[int, str]]:
        """New people who are signed in: id and session."""
        made = json.loads(self.run(SIGN_IN.replace("COUNT", str(count))))
        return [(pk, session) for pk, session in made]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def web(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """Start gunicorn, as the Procfile does unless other `arguments` are given."""
        process = self._start(list(arguments) or WEB, env)
        self._wait_for(process)
        return process

    def worker(self, **env: str) -> subprocess.Popen[bytes]:
        return self._start(["manage.py", "worker"], {"WANSTUDIO_CONN_MAX_AGE": "60"} | env)

    def meter(self, *processes: subprocess.Popen[bytes]) -> Meter:
        """Counts these processes, and what PostgreSQL does for this studio."""
        served = self.database.database if isinstance(self.database, PostgreSQL) else ""
        return Meter(*(process.pid for process in processes), database=served).begin()

    def _start(self, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [self.python, *arguments],
            cwd=self.root, env=self.env | env, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.running.append(process)
        return process

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(150):
            try:
                if requests.get(f"{self.url}/healthz", timeout=10).status_code in (200, 503):
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise AssertionError((self.folder / "log.txt").read_text()[-2000:])
