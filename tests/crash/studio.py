"""The product's command line with traps: processes that kill themselves at a given line.

`python tests/crash/studio.py worker` is `manage.py worker`, and the worker starts its cluster by
the same path. `CRASH_TRAPS` names a folder of files that hold `path:line`: the first process that
comes to that line takes the file and dies there, as by `kill -9`. `CRASH_HURRY` shortens leases,
so that what takes two minutes in the product takes seconds; that of a row with a picture is longer
by `CRASH_UPLOAD_LEASE` seconds. `CRASH_CLOCK` names a file that says how wrong the clock is.
Nothing here changes what the product does.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")


def set_traps(folder: Path) -> None:
    traps: dict[tuple[str, int], Path] = {}
    for token in folder.iterdir():
        path, _, line = token.read_text().rpartition(":")
        traps[str(ROOT / path), int(line)] = token
    files = {path for path, _ in traps}

    def at_line(frame: Any, event: str, _: Any) -> Any:
        token = traps.pop((frame.f_code.co_filename, frame.f_lineno), None)
        if event == "line" and token is not None and taken(token):
            os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: Any, event: str, _: Any) -> Any:
        return at_line if frame.f_code.co_filename in files else None

    sys.settrace(at_call)


def taken(token: Path) -> bool:
    """True for the one process that gets the file."""
    try:
        token.unlink()
    except FileNotFoundError:
        return False
    return True


def show_roles() -> None:
    """Let `/proc/<pid>/comm` say what each process of the cluster is."""
    import django_q.cluster as cluster

    name_process("main" if "--cluster" in sys.argv else "supervisor")
    for role in ("worker", "pusher", "monitor", "Sentinel"):
        setattr(cluster, role, named(role.lower(), getattr(cluster, role)))


def named(role: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        name_process(role)
        return function(*args)

    return run


def name_process(role: str) -> None:
    Path("/proc/self/comm").write_text(role)


def hurry() -> None:
    from generations.models import poller_lease, status
    from generations.models.status import LEASE
    from generations.worker import cluster, supervisor

    for name in LEASE:
        LEASE[name] = timedelta(seconds=5)
    status.UPLOAD_LEASE = timedelta(seconds=float(os.environ["CRASH_UPLOAD_LEASE"]))
    poller_lease.LEASE_TIME = timedelta(seconds=3)
    cluster.HOUSEKEEPING_EVERY = 1.0
    supervisor.RESTART_PAUSE = 0.2


def set_clock(file: Path) -> None:
    """The hour as the product sees it: the real one, and as many seconds as the file says."""
    from django.utils import timezone

    real = timezone.now
    timezone.now = lambda: real() + timedelta(seconds=float(file.read_text()))


def main() -> None:
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    from generations.worker.cluster import end_with

    end_with(os.getppid(), pipe=-1)
    show_roles()
    if os.environ.get("CRASH_HURRY"):
        hurry()
    if clock := os.environ.get("CRASH_CLOCK"):
        set_clock(Path(clock))
    if folder := os.environ.get("CRASH_TRAPS"):
        set_traps(Path(folder))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
