"""When an open page asks again: just after the poller, for nothing else moves what runs.

Every live answer says it in `X-Poll-After`, in seconds; the first time the page itself says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import uniform

from django.utils import timezone

from ..models import Generation, Status
from ..providers import providers

HEADER = "X-Poll-After"
EVERY = 3.0  # seconds between two questions while something moves; several cards share one
WAITING = 10.0  # while nothing was sent; no video is made and saved in less
IDLE = 15.0  # on a page that shows nothing open
LONGEST = 120.0  # after so long it sees what staff change
APPLIED = 0.6  # seconds from `due_at` until what the poll found is written
SOONEST_SAVED = 0.4
SPREAD = 0.2  # rows that were claimed together are due in one moment


def poll_after(rows: Iterable[Generation], now: datetime | None = None) -> float:
    """Seconds until a page that shows `rows` asks again; `IDLE` if none of them is open."""
    now = now or timezone.now()
    waits = [NEWS[Status(row.status)](row, now) for row in rows if row.is_open]
    soonest = min(waits, default=IDLE)
    if len(waits) > 1:
        soonest = max(soonest, EVERY)
    soonest = min(soonest, LONGEST)
    return soonest + uniform(0, max(SPREAD, soonest / 10))  # noqa: S311 (a spread)


def _queued(row: Generation, now: datetime) -> float:
    """Soon, for it may be sent at once; then rarely."""
    return _within(EVERY, (now - row.created).total_seconds(), WAITING)


def _submitting(row: Generation, now: datetime) -> float:
    return EVERY


def _running(row: Generation, now: datetime) -> float:
    """Right after the poll that is nearest to `EVERY` from now; later while the poller is late."""
    wait = _until_due(row, now) + APPLIED
    if wait < 0:
        return _within(EVERY, -wait, IDLE)
    provider = providers.get(row.provider)
    cadence = (provider and provider.poll_every) or EVERY
    return wait + cadence * max(0, round((EVERY - wait) / cadence))


def _storing(row: Generation, now: datetime) -> float:
    """Soon, and then later: after as long as it has been saved already."""
    if row.claimed_at is None and _until_due(row, now) > 0:  # it is tried again then
        return _within(EVERY, _until_due(row, now), IDLE)
    saved_since = row.claimed_at or row.due_at or now
    return _within(SOONEST_SAVED, (now - saved_since).total_seconds(), EVERY)


def _until_due(row: Generation, now: datetime) -> float:
    return ((row.due_at or now) - now).total_seconds()


def _within(least: float, seconds: float, most: float) -> float:
    return min(max(least, seconds), most)


NEWS = {
    Status.QUEUED: _queued,
    Status.SUBMITTING: _submitting,
    Status.RUNNING: _running,
    Status.STORING: _storing,
}
