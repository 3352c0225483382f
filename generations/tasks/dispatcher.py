"""Enqueues submits when they are due, and wakes workers for stores."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from ..models import Generation, Status, SubmitThrottle
from ..providers import providers
from ..providers.base import DownloadError, ErrorCode
from ..worker.task_queue import enqueue, queue_size
from .store import retry_later
from .store_queue import MAX_STORES
from .submit_outcomes import RECONCILE_DELAY

ENQUEUE_AGAIN_AFTER = 5.0  # seconds in which no worker has taken the task

Throttle = tuple[str, str]  # provider and model


class Dispatcher:
    """Remembers in memory which submits were enqueued, so that the queue never fills with repeats.

    Stores it does not hand out: workers of every cluster take them by themselves (`store_due`).
    """

    def __init__(self) -> None:
        self.workers: int = settings.WANSTUDIO_WORKERS - 1
        self.submits: dict[Throttle, tuple[float, datetime]] = {}

    def dispatch(self) -> None:
        self.wake_for_stores()
        resume_changed_keys(timezone.now())
        self.dispatch_submits()

    def expire_submits(self, now: datetime) -> None:
        """End SUBMITTING rows whose worker died: they may have been sent, or not."""
        for row in Generation.objects.overdue_submits(now):
            provider = providers.get(row.provider)
            row.transition(
                Status.UNCONFIRMED,
                due_at=now + RECONCILE_DELAY if provider and provider.can_list_tasks else None,
                attempts=0,
                error_code=ErrorCode.UNCONFIRMED,
                error_detail="the worker that sent it did not come back",
            )

    def expire_stores(self, now: datetime) -> None:
        """Postpone STORING rows whose worker died (out of memory, a crash in the decoder).

        Each is tried later and later, so that one that kills its worker stops no others.
        """
        for row in Generation.objects.overdue_stores(now):
            retry_later(row, DownloadError(detail="the worker that saved it did not come back"))

    def wake_for_stores(self, count: int = 1) -> None:
        """Wake at most `count` workers if a save is due. Each that begins wakes another.

        None while tasks pile up in the queue: then every worker is awake.
        """
        if not Generation.objects.due_stores(timezone.now()).exists():
            return
        if (queue_size() or 0) <= self.workers:
            for _ in range(min(count, MAX_STORES)):
                enqueue("store_due")

    def dispatch_submits(self) -> None:
        """One submit for each throttle that allows it, and that none was enqueued for."""
        now = time.monotonic()
        ready = ready_throttles()
        for throttle, (enqueued_at, next_at) in list(self.submits.items()):
            if ready.get(throttle, next_at) != next_at or is_lost(enqueued_at):
                del self.submits[throttle]
        for throttle, next_at in ready.items():
            if throttle not in self.submits and len(self.submits) < self.workers:
                self.submits[throttle] = (now, next_at)
                enqueue("submit_queued", *throttle)


def resume_changed_keys(now: datetime) -> None:
    """Resume what was paused for a refused key, if the provider has another key by now."""
    for throttle in SubmitThrottle.objects.refused(ErrorCode.AUTH, now):
        provider = providers.get(throttle.provider)
        if provider and provider.credentials_hash != throttle.credentials_hash:
            throttle.resume(note="the key or the address has changed")


def is_lost(enqueued_at: float) -> bool:
    """True for a task that a worker should have taken by now."""
    return time.monotonic() - enqueued_at > ENQUEUE_AGAIN_AFTER


def ready_throttles() -> dict[Throttle, datetime]:
    """Throttles with rows that wait, a free slot at the provider and their time come.

    Each with its `next_at`, which moves whenever a worker acquires it: then it took its task.
    """
    now = timezone.now()
    waiting: set[Throttle] = set(
        Generation.objects.queued().order_by().values_list("provider", "model").distinct()
    )
    if not waiting:
        return {}
    for provider, model in waiting:
        SubmitThrottle.objects.at(provider, model)
    occupied = Generation.objects.occupying_slots(now).count_by_throttle()
    ready = SubmitThrottle.objects.ready(now).order_by("next_at")
    found = {(throttle.provider, throttle.model): throttle.next_at for throttle in ready}
    return {
        throttle: next_at
        for throttle, next_at in found.items()
        if throttle in waiting and has_free_slot(throttle, occupied)
    }


def has_free_slot(throttle: Throttle, occupied: dict[Throttle, int]) -> bool:
    provider = providers.get(throttle[0])
    return provider is not None and occupied.get(throttle, 0) < provider.max_open
