"""A studio to kill: its own database, files and service, real processes, and what must hold."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from generations import media
from tests.emulator.client import EmulatorProcess
from tests.installation import migrate, of_this_machine
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
STUDIO = "tests/crash/studio.py"
ENDED = {"succeeded", "failed", "canceled", "unconfirmed"}
PAID_AND_KNOWN = {"running", "storing", "succeeded", "submitting", "unconfirmed"}
ROLES = ("worker", "pusher", "monitor", "sentinel", "main", "supervisor")


class Site:
    """One installation: environment, database, files, a service that keeps count."""

    def __init__(
        self,
        folder: Path,
        emulator: EmulatorProcess,
        *,
        database: str = "",
        redis: str = "",
        throttles: int = 8,
        **environment: str,
    ) -> None:
        self.folder = folder
        self.emulator = emulator
        self.mark = uuid4().hex
        self.media = folder / "media"
        self.aliases = ["dashscope", *(f"dashscope-{number}" for number in range(2, throttles + 1))]
        self.database = database or f"sqlite:///{folder}/studio.sqlite3"
        self.environment = {
            **of_this_machine(),
            "PYTHONPATH": str(ROOT),
            "CRASH_SITE": self.mark,
            "CRASH_HURRY": "yes",
            "CRASH_UPLOAD_LEASE": "300",
            "WANSTUDIO_ENV_FILE": "none",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "WANSTUDIO_DISK_RESERVE_MB": "1",
            "WANSTUDIO_MAX_VIDEO_MB": "20",
            "WANSTUDIO_CONN_MAX_AGE": "60",
            "SECRET_KEY": "a-key-for-tests-alone-" * 3,
            "DATABASE_URL": self.database,
            "REDIS_URL": redis,
            "MEDIA_ROOT": str(self.media),
            "WANSTUDIO_ALIASES": ",".join(f"{alias}=dashscope" for alias in self.aliases[1:]),
            **self._services(),
            **environment,
        }
        self.asked: list[str] = []
        self.visitor: Visitor | None = None

    def _services(self) -> dict[str, str]:
        options = {
            "BASE_URL": self.emulator.base_url,
            "MAX_OPEN": "1000",
            "SUBMIT_EVERY": "0",
            "POLL_EVERY": "1",
            "QUERY_RATE": "100",
        }
        names = [alias.upper().replace("-", "_") for alias in self.aliases]
        keys = {f"{name}_API_KEY": f"sk-{name}" for name in names}  # an account for each
        self.emulator.change(keys=list(keys.values()))
        return keys | {f"{name}_{key}": value for name in names for key, value in options.items()}

    def __enter__(self) -> Site:
        self.media.mkdir(exist_ok=True)
        migrate(self.environment)
        self.visitor = Visitor(self.environment)
        return self

    def __exit__(self, *_: object) -> None:
        if self.visitor:
            self.visitor.close()
        for _, pid in self.processes():
            end(pid)

    # What people do and see

    def ask(self, count: int, throttles: int | None = None, *, picture: bool = False) -> list[str]:
        """Ask for `count` videos, each prompt its own, from a picture of 9.5 MB if wanted;
        returns the prompts."""
        prompts = [f"boat {len(self.asked) + number}" for number in range(count)]
        self.tell("ask", prompts=prompts, aliases=self.aliases[:throttles], picture=picture)
        self.asked += prompts
        return prompts

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.tell("rows")
        return found

    def statuses(self) -> Counter[str]:
        return Counter(row["status"] for row in self.rows())

    def tell(self, command: str, **arguments: Any) -> Any:
        assert self.visitor
        return self.visitor.tell(command, **arguments)

    # Processes

    def worker(self, *, silence: float = 8, **environment: str) -> Worker:
        return Worker(self, silence, environment)

    def processes(self) -> list[tuple[str, int]]:
        """Role and id of every living process of this site, but the visitor."""
        return [
            (comm(pid), pid)
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if self.mark in environ(pid) and pid != (self.visitor and self.visitor.pid)
        ]

    def pids(self, role: str) -> list[int]:
        return [pid for each, pid in self.processes() if each == role]

    # Waiting and judging

    def until(self, true: Callable[[], object], seconds: float = PATIENCE, what: str = "") -> None:
        end_at = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end_at:
                raise AssertionError(f"after {seconds} s {what}: {self.stuck()} {self.tail()}")
            time.sleep(0.1)

    def until_ended(self, seconds: float = PATIENCE) -> None:
        """Every row has ended, or waits as unconfirmed for its service's list or for a person."""
        self.until(lambda: set(self.statuses()) <= ENDED, seconds, "rows stand still")

    def paid(self) -> list[str]:
        """The prompts of all tasks that the service made and will bill."""
        return [task["prompt"] for task in self.emulator.state()["tasks"]]

    def stuck(self) -> list[dict[str, Any]]:
        return [row for row in self.rows() if row["status"] not in ENDED]

    def tail(self) -> str:
        logs = sorted(self.folder.glob("worker-*.log"))
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in logs[-2:])

    def check(self) -> Counter[str]:
        """What must hold at any moment. Returns how the rows stand."""
        state = self.emulator.state()
        rows = {row["prompt"]: row for row in self.rows()}
        assert sorted(rows) == sorted(self.asked)
        creates = Counter(prompt_of(create) for create in state["creates"])
        twice = {prompt: count for prompt, count in creates.items() if count > 1}
        assert not twice, f"sent more than once: {twice}"
        for task in state["tasks"]:
            row = rows[task["prompt"]]
            assert row["status"] in PAID_AND_KNOWN, f"paid and lost: {row}"
        for row in rows.values():
            if row["status"] == "succeeded":
                assert digest(self.media / row["video"]) == row["sha256"], row
        for video in (self.media / "videos").rglob("*"):
            if video.is_file():
                assert video.stem.endswith(digest(video)[:16]), f"a half file: {video}"
                media.probe(video)
        return Counter(row["status"] for row in rows.values())


class Visitor:
    """A process that asks and looks for us, with the site's environment."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.visitor"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = self.process.pid

    def tell(self, command: str, **arguments: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Worker:
    """`manage.py worker` and its cluster, in a session of their own."""

    started = 0

    def __init__(self, site: Site, silence: float, environment: dict[str, str]) -> None:
        self.site = site
        Worker.started += 1
        self.log = site.folder / f"worker-{Worker.started:04}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, STUDIO, "worker", "--skip-checks", "--silence", str(silence)],
                cwd=ROOT,
                env=site.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)

    def until_ready(self, seconds: float = PATIENCE) -> None:
        """Every process of the cluster is there."""
        self.site.until(lambda: set(ROLES) <= set(self.roles()), seconds, "no cluster")

    def roles(self) -> dict[str, list[int]]:
        """The processes of this worker by role."""
        found: dict[str, list[int]] = {}
        family = {self.process.pid}
        parents = {pid: parent(pid) for _, pid in self.site.processes()}
        for _ in range(3):
            family |= {pid for pid, above in parents.items() if above in family}
        for pid in sorted(family):
            found.setdefault(comm(pid), []).append(pid)
        return found

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ask it to end; returns how many seconds it took until every process was gone."""
        family = [pid for pids in self.roles().values() for pid in pids]
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        took = time.monotonic() - began
        assert not [pid for pid in family if alive(pid)], "left behind"
        return took


# Linux's own view of processes


def comm(pid: int) -> str:
    return read(pid, "comm").strip()


def environ(pid: int) -> str:
    return "" if is_zombie(pid) else read(pid, "environ")


def parent(pid: int) -> int:
    found = re.search(r"^PPid:\s*(\d+)", read(pid, "status"), re.MULTILINE)
    return int(found[1]) if found else 0


def is_zombie(pid: int) -> bool:
    return "\nState:\tZ" in read(pid, "status")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not is_zombie(pid)


def read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def end(pid: int, number: int = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def prompt_of(create: dict[str, Any]) -> str:
    return str(create["body"]["input"]["prompt"])


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def set_traps(folder: Path, places: Iterable[str]) -> Path:
    """A folder that `CRASH_TRAPS` may name: one death at each of the places."""
    folder.mkdir()
    for number, place in enumerate(places):
        (folder / f"{number:03}").write_text(place)
    return folder
