"""The heartbeat file, by which the supervisor knows that its cluster works.

Every step of every task touches the file; the supervisor restarts a cluster whose file is old.
A second file beside it says *stop*: long tasks check for it and end within a second.
Without `WANSTUDIO_HEARTBEAT_FILE` (tests, a bare qcluster) all of this does nothing.
"""

import os
import time
from pathlib import Path

VARIABLE = "WANSTUDIO_HEARTBEAT_FILE"
CHECK_EVERY = 1.0  # seconds


def beat() -> None:
    """Show that this process makes progress."""
    if path := os.environ.get(VARIABLE):
        Path(path).touch()


def is_stopping() -> bool:
    """True once the cluster was told to stop: begin nothing new, end soon."""
    path = os.environ.get(VARIABLE, "")
    return path != "" and stop_file(path).exists()


def sleep(seconds: float) -> None:
    """Sleep so long, or until a second after the cluster was told to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, CHECK_EVERY))
        if is_stopping():
            return


def stop_file(path: str | Path) -> Path:
    return Path(f"{path}.stop")
