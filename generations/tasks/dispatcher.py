"""Enqueues submits when they are due, and wakes workers for stores."""

import time
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from ..models import Generation, Status, SubmitThrottle
from ..providers import providers
from ..providers.errors import DownloadError, ErrorCode
from ..worker.task_queue import enqueue, queue_size
from .store import retry_later
from .store_queue import MAX_STORES
from .submit_outcomes import RECONCILE_DELAY

ENQUEUE_AGAIN_AFTER = 5.0  # seconds after which a task that no worker took is enqueued again

Throttle = tuple[str, str]  # provider and model


class Dispatcher:
    """Remembers which submits were enqueued, so that the queue does not fill with repeats.

    It does not assign saves: workers of all clusters claim them (`store_due`). They look every
    second; waking them when a video has just been finished saves that second.
    """

    def __init__(self) -> None:
        self.workers: int = settings.WANSTUDIO_WORKERS - 1
        self.submits: dict[Throttle, tuple[float, datetime]] = {}

    def expire_submits(self, now: datetime) -> None:
        """End SUBMITTING rows whose worker died: they may have been sent."""
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

        Each is tried at growing intervals, so that one that kills its worker does not stop others.
        """
        for row in Generation.objects.overdue_stores(now):
            retry_later(row, DownloadError(detail="the worker that saved it did not come back"))

    def start_stores(self, count: int) -> None:
        """Wake workers for `count` saves, and none while tasks pile up in the queue."""
        if (queue_size() or 0) <= self.workers:
            for _ in range(min(count, MAX_STORES)):
                enqueue("store_due")

    def dispatch(self) -> None:
        """Enqueue one submit for each ready throttle without one, or whose task is lost."""
        resume_changed_keys(timezone.now())
        now = time.monotonic()
        ready = ready_throttles()
        for throttle, (enqueued_at, next_at) in list(self.submits.items()):
            is_lost = now - enqueued_at > ENQUEUE_AGAIN_AFTER
            if is_lost or ready.get(throttle, next_at) != next_at:
                del self.submits[throttle]
        for throttle, next_at in ready.items():
            if throttle not in self.submits and len(self.submits) < self.workers:
                self.submits[throttle] = (now, next_at)
                enqueue("submit_queued", *throttle)


def resume_changed_keys(now: datetime) -> None:
    """Resume throttles that were paused for a refused key if the key has changed."""
    for throttle in SubmitThrottle.objects.refused(ErrorCode.AUTH, now):
        provider = providers.get(throttle.provider)
        if provider and provider.credentials_hash != throttle.credentials_hash:
            throttle.resume(note="the key or the address has changed")


def ready_throttles() -> dict[Throttle, datetime]:
    """Throttles that may send and have waiting rows and a free slot.

    Each with its `next_at`, which moves when a worker acquires it: then the task was taken.
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
    ready = {}
    for row in SubmitThrottle.objects.ready(now).order_by("next_at"):
        throttle, service = (row.provider, row.model), providers.get(row.provider)
        if throttle in waiting and service and occupied.get(throttle, 0) < service.max_open:
            ready[throttle] = row.next_at
    return ready
