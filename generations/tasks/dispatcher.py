"""Which bells to ring: lanes that can send, and finished videos to bring home."""

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

RING_AGAIN = 5.0  # seconds until a bell that nobody answered is rung again


class Dispatcher:
    """Remembers in memory what was rung, so that the queue never fills with repeats.

    Workers are few. One is the watch; stores get what is left but one, so that a send
    always finds a place; sends get what the stores leave.
    """

    def __init__(self) -> None:
        self.workers = settings.WANSTUDIO_WORKERS - 1
        self.stores: dict[UUID, tuple[int, float]] = {}
        self.submits: dict[tuple[str, str], tuple[float, datetime]] = {}

    def dispatch(self) -> None:
        self.dispatch_stores()
        self.dispatch_submits()

    def expire_submits(self, now: datetime) -> None:
        """SUBMITTING rows whose worker did not come back: sent or not, we cannot know."""
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
        """STORING rows whose worker did not come back (no memory, a crash in the decoder).

        Each is tried later and later, so that one that kills its worker stops no others.
        """
        for row in Generation.objects.overdue_stores(now):
            retry_later(row, DownloadError(detail="the worker that saved it did not come back"))

    def dispatch_stores(self) -> None:
        """Soonest to expire first, never more at a time than leaves a worker for a send."""
        now = timezone.now()
        self._forget_stores(now)
        places = max(1, self.workers - 1) - len(self.stores)
        if places <= 0:
            return
        due = Generation.objects.storing().due(now).filter(claimed_at__isnull=True)
        due = due.exclude(pk__in=self.stores)
        for pk, attempts in due.order_by("submitted_at").values_list("pk", "attempts")[:places]:
            self.stores[pk] = (attempts, time.monotonic())
            enqueue("store_video", pk)

    def _forget_stores(self, now: datetime) -> None:
        """Drop what was stored or failed, and bells that nobody answered."""
        if not self.stores:
            return
        rows = Generation.objects.storing().filter(pk__in=self.stores)
        seen = {row.pk: row for row in rows.only("attempts", "due_at")}
        for pk, (attempts, rung_at) in list(self.stores.items()):
            row = seen.get(pk)
            unanswered = row and row.due_at <= now and time.monotonic() - rung_at > RING_AGAIN
            if row is None or row.attempts != attempts or unanswered:
                del self.stores[pk]

    def dispatch_submits(self) -> None:
        """Ring each lane where somebody waits, a place is free and nobody sends."""
        now = time.monotonic()
        lanes = lanes_that_can_send()
        for lane, (rung_at, seen) in list(self.submits.items()):
            if lanes.get(lane, seen) != seen or now - rung_at > RING_AGAIN:
                del self.submits[lane]
        for lane, next_at in lanes.items():
            if lane not in self.submits and len(self.submits) < self._places_for_submits():
                self.submits[lane] = (now, next_at)
                enqueue("submit_queued", *lane)

    def _places_for_submits(self) -> int:
        return max(1, self.workers - len(self.stores))


def lanes_that_can_send() -> dict[tuple[str, str], datetime]:
    """Lanes with somebody waiting, a free place and their time come; with `next_at` as it stands.

    `next_at` moves whenever somebody takes the lane: then a bell was answered.
    """
    now = timezone.now()
    queued = Generation.objects.queued().order_by()
    waiting = set(queued.values_list("provider", "model").distinct())
    for provider, model in waiting:
        SubmitThrottle.objects.at(provider, model)
    passable = SubmitThrottle.objects.ready(now).order_by("next_at") if waiting else ()
    held = Generation.objects.occupying_slots(now).count_by_throttle() if waiting else {}
    lanes = {(lane.provider, lane.model): lane.next_at for lane in passable}
    return {
        lane: next_at
        for lane, next_at in lanes.items()
        if lane in waiting and has_a_place(lane, held)
    }


def has_a_place(lane: tuple[str, str], held: dict[tuple[str, str], int]) -> bool:
    provider = providers.get(lane[0])
    return provider is not None and held.get(lane, 0) < provider.max_open
