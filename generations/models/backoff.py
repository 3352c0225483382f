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

# Seconds until the first retry. Each further one waits twice as long.
UNKNOWN_TASK_RETRY = 2.0
POLL_RETRY = 5.0
DOWNLOAD_RETRY = 5.0
SEARCH_RETRY = 5.0  # of the service's list, for the task of a lost answer


def is_due(field: str, now: datetime) -> Q:
    """Rows whose `field` has come, or is too far ahead to be right."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + IMPLAUSIBLE})


def exponential_backoff(attempts: int, first: float) -> timedelta:
    """The wait after `attempts` failures: doubles from `first` seconds, up to ten minutes."""
    return min(timedelta(seconds=first * 2 ** min(attempts, 20)), MAX_PAUSE)
