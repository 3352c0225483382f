"""Workers of every cluster take the saves that are due by themselves."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from ..models import Generation, claim_next_store
from ..worker import heartbeat, semaphore
from ..worker.task_queue import enqueue
from .disk import has_room
from .store import store

MAX_RUNTIME = 50.0  # seconds one task begins saves before it leaves the worker to others
# At once in one cluster: its poller and a send always find a worker.
MAX_STORES: int = settings.WANSTUDIO_WORKERS - 2
# A worker whose disk is too small leaves a save to others for so long, and then says why.
LEFT_TO_OTHERS = timedelta(minutes=1)


def store_due() -> None:
    """Save what is due, the first to expire first, if this cluster has room for one more save.

    Once a save fails the others are left to whoever is woken next, within a second: they are not
    to fail one after the other on a machine whose network or storage is broken.
    """
    until = time.monotonic() + MAX_RUNTIME
    with semaphore.acquire(MAX_STORES) as acquired:
        row = next_row() if acquired else None
        if row:
            wake_another()
        while row and store(row):
            row = next_row() if time.monotonic() < until else None
    if time.monotonic() >= until:
        wake_another()


def next_row() -> Generation | None:
    if heartbeat.is_stopping():
        return None
    return claim_next_store(due_for=timedelta(0) if has_room() else LEFT_TO_OTHERS)


def wake_another() -> None:
    if Generation.objects.due_stores(timezone.now()).exists():
        enqueue("store_due")
