"""Enqueues submits and stores when they are due and a worker is free for them."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from ..models import Generation, Status, SubmitThrottle
from ..providers import providers
from ..providers.base import DownloadError, ErrorCode
from ..worker.task_queue import enqueue
from .store import retry_later
from .submit import RECONCILE_DELAY

ENQUEUE_AGAIN_AFTER = 5.0  # seconds in which no worker has taken the task

Throttle = tuple[str, str]  # provider and model


class Dispatcher:
    """Remembers in memory what was enqueued, so that the queue never fills with repeats.

    Workers are few. One is the poller; stores get what is left but one, so that a submit always
    finds a free worker; submits get what the stores leave.
    """

    def __init__(self) -> None:
        self.workers: int = settings.WANSTUDIO_WORKERS - 1
        self.stores: dict[UUID, tuple[int, float]] = {}
        self.submits: dict[Throttle, tuple[float, datetime]] = {}

    def dispatch(self) -> None:
        self.dispatch_stores()
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

    def dispatch_stores(self) -> None:
        """The first to expire first, never more at a time than leaves a worker for a submit."""
        now = timezone.now()
        self._forget_stores(now)
        free = max(1, self.workers - 1) - len(self.stores)
        if free <= 0:
            return
        due = Generation.objects.storing().due(now).filter(claimed_at__isnull=True)
        due = due.exclude(pk__in=self.stores)
        for pk, attempts in due.order_by("submitted_at").values_list("pk", "attempts")[:free]:
            self.stores[pk] = (attempts, time.monotonic())
            enqueue("store_video", pk)

    def _forget_stores(self, now: datetime) -> None:
        """Forget what was stored or failed, and tasks that no worker has taken."""
        if not self.stores:
            return
        rows = Generation.objects.storing().filter(pk__in=self.stores)
        found = {row.pk: row for row in rows.only("attempts", "due_at")}
        waiting = {pk for pk, row in found.items() if row.due_at and row.due_at <= now}
        for pk, (attempts, enqueued_at) in list(self.stores.items()):
            row = found.get(pk)
            has_ended = row is None or row.attempts != attempts
            if has_ended or (pk in waiting and is_lost(enqueued_at)):
                del self.stores[pk]

    def dispatch_submits(self) -> None:
        """One submit for each throttle that allows it, and that none was enqueued for."""
        now = time.monotonic()
        ready = ready_throttles()
        for throttle, (enqueued_at, next_at) in list(self.submits.items()):
            if ready.get(throttle, next_at) != next_at or is_lost(enqueued_at):
                del self.submits[throttle]
        for throttle, next_at in ready.items():
            free = max(1, self.workers - len(self.stores))
            if throttle not in self.submits and len(self.submits) < free:
                self.submits[throttle] = (now, next_at)
                enqueue("submit_queued", *throttle)


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
