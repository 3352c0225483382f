"""When is something due? One answer for rows, lanes and shifts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

# Nothing of ours waits longer than ten minutes. A time further off was written before the
# clock was set back, and must not hold anything up.
MAX_PAUSE = timedelta(minutes=10)
IMPLAUSIBLE = timedelta(minutes=15)


def is_due(field: str, now: datetime) -> Q:
    """Rows whose `field` has come, or lies implausibly far ahead."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + IMPLAUSIBLE})


def exponential_backoff(attempts: int, first: float = 2.0) -> timedelta:
    """Seconds to wait after `attempts` failures: doubling from `first`, ten minutes at most."""
    return min(timedelta(seconds=first * 2 ** min(attempts, 20)), MAX_PAUSE)
