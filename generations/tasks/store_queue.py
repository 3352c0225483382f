"""Saving finished videos: workers of all clusters claim what is due."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from ..models import Generation, claim_next_store
from ..worker import heartbeat, semaphore
from .disk import has_room
from .store import store

MAX_RUNTIME = 50.0  # seconds in which a task starts saves, before it leaves the worker to others
# The maximum at the same time in one cluster: a worker is always free for the poller and for a
# submit.
MAX_STORES: int = settings.WANSTUDIO_WORKERS - 2
# For this time, a worker with too little disk space leaves the save to others. Then it reports why.
LEFT_TO_OTHERS = timedelta(minutes=1)


def store_due() -> None:
    """Save what is due, first what expires first, if this cluster has a free worker for it.

    After a failure, the rest is left to the next worker that looks, within a second, so that a
    machine with a broken network or storage does not fail all of them.
    """
    until = time.monotonic() + MAX_RUNTIME
    with semaphore.acquire(MAX_STORES) as acquired:
        row = next_row() if acquired else None
        while row and store(row):
            row = next_row() if time.monotonic() < until else None


def next_row() -> Generation | None:
    if heartbeat.is_stopping():
        return None
    return claim_next_store(due_for=timedelta(0) if has_room() else LEFT_TO_OTHERS)


def can_store() -> bool:
    """True if a save is due, and this cluster has room for it."""
    if not Generation.objects.due_stores(timezone.now()).exists():
        return False
    with semaphore.acquire(MAX_STORES) as acquired:
        return acquired
