"""What the services know: tasks and their clock, who was charged, every request that came in."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.emulator.journal import Journal
from tests.emulator.wire import Request

DAY = 24 * 60 * 60
ENDED = ("succeeded", "failed", "canceled")


@dataclass(kw_only=True)
class Settings:
    """How the services behave. Times in seconds.

    `limit` is the number of tasks one account may run at once per model, None for any number;
    the next one waits as pending (`over_limit="queue"`) or is refused (`"refuse"`): the
    documents leave open which. `create_rate` and `query_rate` are per second and account.
    `list_lag` hides young tasks from the list. `keys` are the keys that are let in. `usage` is
    what DashScope's tells of the video, both seen live: its `size` or its `tier` (`"SR": 480`).
    """

    seconds: float = 0.3
    waiting: float = 0.1
    keys: tuple[str, ...] = ("sk-emulator",)
    limit: int | None = None
    over_limit: str = "queue"
    create_rate: int | None = None
    query_rate: int | None = None
    list_lag: float = 0
    task_life: float = DAY
    url_life: float = DAY
    zone_hours: int = 8  # of DashScope's times without a zone
    usage: str = "size"
    faststart: bool = True
    read_rate: float = 0  # bytes a second that bodies are read with; 0 for at once
    video: str = ""  # a file to serve in place of our own
    journal: str = ""


@dataclass(kw_only=True)
class Task:
    """One task at a service. `frozen` holds it in one state against the clock."""

    id: str
    protocol: str
    model: str
    account: str = ""
    prompt: str = ""
    size: str = ""  # of the video, as `832x480`
    asked_size: str = ""  # as it was written on the wire
    prompt_extend: bool = True
    created: float = 0
    starts: float = 0
    ends: float = 0
    failure: tuple[str, str] | None = None
    frozen: str = ""
    canceled: bool = False
    foreign: bool = False
    polls: int = 0
    downloads: int = 0
    request: dict[str, Any] = field(default_factory=dict)

    def state(self, now: float) -> str:
        """`pending`, `running`, `succeeded`, `failed` or `canceled`."""
        if self.canceled:
            return "canceled"
        if self.frozen:
            return self.frozen
        if now < self.starts:
            return "pending"
        if now < self.ends:
            return "running"
        return "failed" if self.failure else "succeeded"

    def progress(self, now: float) -> int:
        if self.state(now) in ENDED:
            return 100
        return max(0, min(99, int(100 * (now - self.starts) / max(self.ends - self.starts, 0.001))))


@dataclass(kw_only=True)
class Recorded:
    """A request as it arrived. `task` is the task it made or asked about; `at` is Unix time."""

    method: str
    path: str
    target: str
    headers: dict[str, str]
    body: Any
    raw: bytes
    at: float
    protocol: str = ""
    verb: str = ""
    task: str = ""
    fault: str = ""
    accepted: bool = False


class State:
    """All that one emulator remembers. Safe to read and to change from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = time.time
        self.offset = 0.0
        self.requests: list[Recorded] = []
        self.tasks: dict[str, Task] = {}
        self.lock = threading.RLock()
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self.journal = Journal(settings.journal)
        for kind, line in self.journal.read():
            self._restore(kind, line)

    def _restore(self, kind: str, line: dict[str, Any]) -> None:
        if kind == "task":
            failure = line.pop("failure")
            self.tasks[line["id"]] = Task(**line, failure=tuple(failure) if failure else None)
        elif kind == "request":
            raw = line.pop("raw").encode("utf-8", "surrogateescape")
            self.requests.append(Recorded(**line, raw=raw))

    def now(self) -> float:
        """Unix time on this emulator's clock, which `advance` moves."""
        return self.clock() + self.offset

    def record(self, request: Request) -> Recorded:
        seen = Recorded(
            method=request.method,
            path=request.path,
            target=request.target,
            headers=request.headers,
            body=request.json(),
            raw=request.raw,
            at=self.now(),
        )
        self.requests.append(seen)
        return seen

    def write_request(self, seen: Recorded) -> None:
        self.journal.write("request", as_json(seen))

    def write_task(self, task: Task) -> None:
        self.journal.write("task", asdict(task))

    def clear(self) -> None:
        with self.lock:
            self.requests.clear()
            self.tasks.clear()
            self._recent.clear()
            self.journal.clear()

    def add(self, task: Task) -> Task:
        """Take `task` in, place it on the clock, and write it down."""
        with self.lock:
            task.id = task.id or str(uuid.uuid4())
            task.created = task.created or self.now()
            task.starts = self._start(task)
            task.ends = task.starts + self.settings.seconds
            self.tasks[task.id] = task
            self.write_task(task)
        return task

    def _start(self, task: Task) -> float:
        """When it may run: behind the tasks that hold all places of this account and model."""
        earliest = task.created + self.settings.waiting
        limit = self.settings.limit
        if not limit:
            return earliest
        ends = sorted(other.ends for other in self.open_beside(task))
        return max(earliest, ends[-limit]) if len(ends) >= limit else earliest

    def open_beside(self, task: Task) -> list[Task]:
        now = self.now()
        return [
            other
            for other in self.tasks.values()
            if (other.protocol, other.account, other.model)
            == (task.protocol, task.account, task.model)
            and other.state(now) not in ENDED
        ]

    def is_full(self, task: Task) -> bool:
        limit = self.settings.limit
        refuses = self.settings.over_limit == "refuse"
        return bool(limit and refuses and len(self.open_beside(task)) >= limit)

    def is_too_fast(self, account: str, verb: str) -> bool:
        """Count one more call of `verb` and say whether the account exceeds its rate."""
        rate = self.settings.create_rate if verb == "create" else self.settings.query_rate
        if rate is None:
            return False
        calls, now = self._recent.setdefault((account, verb), deque()), self.now()
        while calls and calls[0] <= now - 1:
            calls.popleft()
        if len(calls) >= rate:
            return True
        calls.append(now)
        return False

    def find(self, protocol: str, task_id: str, account: str = "") -> Task | None:
        """The task, unless another service or account made it, or it is too old."""
        task = self.tasks.get(task_id)
        if task is None or task.protocol != protocol or task.account != account:
            return None
        return None if self.now() > task.created + self.settings.task_life else task

    def listed(self, protocol: str, account: str) -> list[Task]:
        """The tasks of the whole account, newest first, as the list endpoint shows them."""
        now = self.now()
        oldest, newest = now - self.settings.task_life, now - self.settings.list_lag
        found = [
            task
            for task in self.tasks.values()
            if task.protocol == protocol
            and task.account == account
            and oldest <= task.created <= newest
        ]
        return sorted(found, key=lambda task: task.created, reverse=True)


def as_json(seen: Recorded) -> dict[str, Any]:
    return asdict(replace(seen, raw=b"")) | {"raw": seen.raw.decode("utf-8", "surrogateescape")}
