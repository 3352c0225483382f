"""When a row is due, how long a retry waits, and when the circuit breaker opens."""

from datetime import datetime, timedelta

from django.db.models import Q

# No wait is longer than ten minutes. A later time was written before the clock was set back, and
# must not block anything.
MAX_PAUSE = timedelta(minutes=10)
IMPLAUSIBLE = timedelta(minutes=15)

# The circuit breaker of submits and polls: after this many outages in a row, one probe per pause.
BREAKER_FAILURES = 5
BREAKER_PAUSE = timedelta(seconds=30)


def is_due(field: str, now: datetime) -> Q:
    """Rows whose `field` has come, or is too far ahead to be right."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + IMPLAUSIBLE})


def exponential_backoff(attempts: int, first: float = 2.0) -> timedelta:
    """Seconds to wait after `attempts` failures: doubles from `first`, up to ten minutes."""
    return min(timedelta(seconds=first * 2 ** min(attempts, 20)), MAX_PAUSE)
