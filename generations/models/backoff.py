"""When something is due, how long a retry waits, and when the circuit breaker opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

# Nothing of ours waits longer than ten minutes. A time further off was written before the
# clock was set back, and must not block anything.
MAX_PAUSE = timedelta(minutes=10)
IMPLAUSIBLE = timedelta(minutes=15)

# The circuit breaker of submits and of polls: after so many outages in a row, a probe per pause.
BREAKER_FAILURES = 5
BREAKER_PAUSE = timedelta(seconds=30)


def is_due(field: str, now: datetime) -> Q:
    """Rows whose `field` has come, or lies implausibly far ahead."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + IMPLAUSIBLE})


def exponential_backoff(attempts: int, first: float = 2.0) -> timedelta:
    """Seconds to wait after `attempts` failures: doubling from `first`, ten minutes at most."""
    return min(timedelta(seconds=first * 2 ** min(attempts, 20)), MAX_PAUSE)
