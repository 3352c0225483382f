"""What processes use, read from /proc: processor time and memory of a whole tree."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, ... (proc(5)); empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def tree(*roots: int) -> list[int]:
    """The processes `roots` and all that came from them."""
    children: dict[int, list[int]] = {}
    for pid in all_pids():
        if fields := stat(pid):
            children.setdefault(int(fields[1]), []).append(pid)
    found, waiting = [], list(roots)
    while waiting:
        found.append(pid := waiting.pop())
        waiting += children.get(pid, [])
    return found


def serving(database: str) -> list[int]:
    """PostgreSQL's own processes for the connections to `database`."""
    return [pid for pid in all_pids() if database in title(pid) and "postgres:" in title(pid)]


def title(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    except OSError:
        return ""


def cpu_seconds(pids: list[int]) -> float:
    """Processor time of the processes, and of their children that have ended."""
    return sum(sum(map(int, fields[11:15])) for pid in pids if (fields := stat(pid))) / TICKS


def pss_mb(pids: list[int]) -> float:
    """Memory in megabytes, shared pages divided among those who share them."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class Meter:
    """Processor time that trees use between `begin` and `cores`, as a number of cores."""

    def __init__(self, *roots: int, database: str = "") -> None:
        self.roots, self.database = roots, database

    def begin(self) -> Meter:
        self.at, self.used = time.monotonic(), self._used()
        return self

    def cores(self) -> float:
        return (self._used() - self.used) / (time.monotonic() - self.at)

    def _used(self) -> float:
        served = serving(self.database) if self.database else []
        return cpu_seconds([*tree(*self.roots), *served])
