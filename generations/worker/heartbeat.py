"""The sign of life between a cluster and whoever watches over it: one file, and its neighbour.

Every step of every task touches the pulse file; `worker` restarts a cluster whose pulse is old.
A second file beside it says *stop*: long tasks look at it and end within a second.
Without `WANSTUDIO_PULSE` (tests, a bare qcluster) all of this does nothing.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

VARIABLE = "WANSTUDIO_PULSE"
LOOK_EVERY = 1.0  # seconds


def beat() -> None:
    """Say that something moves."""
    if path := os.environ.get(VARIABLE):
        Path(path).touch()


def is_stopping() -> bool:
    """True once the cluster was told to stop: begin nothing new, end soon."""
    path = os.environ.get(VARIABLE)
    return bool(path) and stop_file(path).exists()


def rest(seconds: float) -> None:
    """Sleep so long, or until a second after the cluster was told to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, LOOK_EVERY))
        if is_stopping():
            return


def stop_file(path: str | Path) -> Path:
    return Path(f"{path}.stop")
