"""The emulator as a process of its own, and its handles over HTTP.

For tests that kill everything else: the process keeps count of what was charged.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]


class RemoteEmulator:
    """The same handles as `Emulator` has, for one that runs elsewhere."""

    def __init__(self, base_url: str, key: str = "sk-emulator") -> None:
        self.base_url, self.key = base_url, key

    def state(self) -> dict[str, Any]:
        """`charged`, `creates`, `tasks`, `counts`, `faults`, `settings`, `now`."""
        state: dict[str, Any] = self._ask("GET", "state")
        return state

    def requests(self, verb: str = "") -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = self._ask(
            "GET", f"requests?verb={verb}" if verb else "requests"
        )
        return seen

    @property
    def charged(self) -> int:
        return int(self.state()["charged"])

    def fail(self, verb: str, name: str = "", **changes: Any) -> None:
        self._ask("POST", "faults", {"verb": verb, "name": name, **changes})

    def advance(self, seconds: float) -> None:
        self._ask("POST", "clock", {"seconds": seconds})

    def freeze(self, task_id: str, state: str) -> None:
        self._ask("POST", "freeze", {"task": task_id, "state": state})

    def add_foreign(self, **task: Any) -> str:
        return str(self._ask("POST", "foreign", task)["task"])

    def add_many_foreign(self, tasks: list[dict[str, Any]]) -> list[str]:
        return list(self._ask("POST", "foreign", tasks)["tasks"])

    def change(self, **settings: Any) -> None:
        self._ask("POST", "settings", settings)

    def clear(self) -> None:
        self._ask("POST", "clear")

    def options(self, **changes: Any) -> dict[str, Any]:
        return {"api_key": self.key, "base_url": self.base_url, **changes}

    def _ask(self, method: str, name: str, body: Any = None) -> Any:
        url = f"{self.base_url}/_emulator/{name}"
        response = requests.request(method, url, json=body, timeout=120)
        if not response.ok:
            raise ValueError(response.text)
        return response.json()


class EmulatorProcess(RemoteEmulator):
    """`python -m tests.emulator` with these settings: `EmulatorProcess(seconds=2, limit=5)`.

    It stands in a session of its own, so killing the test's process group spares it; it ends
    by itself within a second or two when the process that started it is gone.
    """

    def __init__(self, port: int = 0, **settings: Any) -> None:
        self._port, self._settings = port, settings
        super().__init__("")

    def start(self) -> EmulatorProcess:
        """Return when it listens. After `kill` it comes back on the same port."""
        command = [sys.executable, "-m", "tests.emulator", "--with-parent"]
        for name, value in {"port": self._port, **self._settings}.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout
        self.base_url = self.process.stdout.readline().strip()
        if not self.base_url:
            raise OSError(f"the emulator did not start on port {self._port}")
        self._port = int(self.base_url.rpartition(":")[2])
        return self

    def stop(self) -> None:
        self.process.terminate()
        self._gone()

    def kill(self) -> None:
        """As `kill -9` does; what a journal holds survives."""
        self.process.kill()
        self._gone()

    def _gone(self) -> None:
        self.process.wait(timeout=60)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> EmulatorProcess:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
