"""Waiting for what is to happen, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 300  # seconds, which no machine is too slow for


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return as soon as `true()` is; fail the test if it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not true after {seconds} s"
        time.sleep(0.05)
