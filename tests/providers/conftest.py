"""The clock of deadlines, which a test may set forward, and all that is logged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from generations.providers.http import deadline


@pytest.fixture
def expire_deadlines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and the time of every call that is under way is over.

    With a short deadline instead, a test would depend on how far this machine comes within it.
    """
    ahead = [0.0]

    def now() -> float:
        return time.monotonic() + ahead[0]

    def expire() -> None:
        ahead[0] += 3600
        deadline._watchdog.at(now(), lambda: None)  # it looks at the clock again

    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=now))
    return expire


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged at any level."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="generations")
    return caplog
