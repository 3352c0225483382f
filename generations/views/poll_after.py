"""When an open page polls again: just after the poller, which changes running rows.

Every live response says it in `X-Poll-After`, in seconds. The page itself has the first value.
"""

from collections.abc import Iterable
from datetime import datetime
from random import uniform

from django.utils import timezone

from ..models import Generation, Status
from ..providers import providers

HEADER = "X-Poll-After"
EVERY = 3.0  # seconds between two requests while rows change; all cards share one
WAITING = 10.0  # while nothing was sent: no video is finished sooner
IDLE = 15.0  # on a page without open rows
LONGEST = 120.0  # until changes by staff are shown
APPLIED = 0.9  # seconds from `due_at` until the result of the poll is written and usually saved
SOONEST_SAVED = 0.4
SPREAD = 0.2  # rows that were claimed together are due at the same time


def poll_after(rows: Iterable[Generation], now: datetime | None = None) -> float:
    """Seconds until a page that shows `rows` polls again; `IDLE` if none of them is open."""
    now = now or timezone.now()
    waits = [NEWS[Status(row.status)](row, now) for row in rows if row.is_open]
    soonest = min(waits, default=IDLE)
    if len(waits) > 1:
        soonest = max(soonest, EVERY)
    soonest = min(soonest, LONGEST)
    return soonest + uniform(0, max(SPREAD, soonest / 10))  # noqa: S311 (a spread)


def _queued(row: Generation, now: datetime) -> float:
    """Soon, because it may be sent at once; then rarely."""
    return _within(EVERY, (now - row.created).total_seconds(), WAITING)


def _running(row: Generation, now: datetime) -> float:
    """Right after the poll that is nearest to `EVERY` from now; later if the poller is late."""
    wait = _until_due(row, now) + APPLIED
    if wait < 0:
        return _within(EVERY, -wait, IDLE)
    provider = providers.get(row.provider)
    cadence = (provider and provider.poll_every) or EVERY
    return wait + cadence * max(0, round((EVERY - wait) / cadence))


def _storing(row: Generation, now: datetime) -> float:
    """Soon at first, then after half of the time since saving began."""
    if row.claimed_at is None and _until_due(row, now) > 0:  # then it is tried again
        return _within(EVERY, _until_due(row, now), IDLE)
    saved_since = row.claimed_at or row.due_at or now
    return _within(SOONEST_SAVED, (now - saved_since).total_seconds() / 2, EVERY)


def _until_due(row: Generation, now: datetime) -> float:
    return ((row.due_at or now) - now).total_seconds()


def _within(least: float, seconds: float, most: float) -> float:
    return min(max(least, seconds), most)


NEWS = {
    Status.QUEUED: _queued,
    Status.SUBMITTING: lambda row, now: EVERY,
    Status.RUNNING: _running,
    Status.STORING: _storing,
}
