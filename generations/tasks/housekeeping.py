"""See that somebody watches, and keep house."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import media
from ..creation.uploads import remove_old
from ..models import Event, EventKind, Generation, Status, WorkerHeartbeat
from ..reports.aggregate import update_daily_sums
from ..staff.alerts import tell_of_concerns
from ..worker import task_queue

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = timedelta(minutes=10)
STRAY_AFTER = timedelta(hours=1)
PURGE_AT_ONCE = 200
EVENTS_AT_ONCE = 5000
FAILURES_FOR = timedelta(days=30)
DELETE_FOR = 60.0  # seconds: a storage that hangs must not hold a worker


def run_housekeeping() -> None:
    """Ring for a watch if nobody is on shift; every ten minutes, clean up.

    Rung by every cluster every fifteen seconds, so a lost bell costs seconds and an idle
    cluster has a pulse.
    """
    WorkerHeartbeat.objects.record()
    Generation.objects.ensure_poller()
    do(update_daily_sums, tell_of_concerns)
    if WorkerHeartbeat.objects.claim_housekeeping(HOUSEKEEPING_EVERY):
        do(remove_stray_parts, remove_old, purge_trash, purge_failed, delete_files)
        do(purge_events, forget_failures, end_sessions)


def do(*chores: Callable[[], object]) -> None:
    """One after the other; a chore that fails is logged and stops none of the others."""
    for chore in chores:
        try:
            chore()
        except Exception:
            log.exception("%s failed", chore.__name__)


def remove_stray_parts() -> None:
    """Delete half files that a killed worker left behind."""
    media.remove_stray_parts(default_storage, STRAY_AFTER)


def purge_trash() -> None:
    """Delete for good what has been in the trash for long enough."""
    before = timezone.now() - timedelta(days=settings.WANSTUDIO_TRASH_DAYS)
    purge(Generation.objects.settled().filter(trashed_at__lt=before))


def purge_failed() -> None:
    """Delete old rows without a video, if the operator wants that."""
    if settings.WANSTUDIO_KEEP_FAILED_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_FAILED_DAYS)
        ended = [Status.FAILED, Status.CANCELED]
        purge(Generation.objects.filter(status__in=ended, finished_at__lt=before))


def purge_events() -> None:
    """Delete old events, if the operator wants that; those of rows not yet settled stay."""
    if settings.WANSTUDIO_KEEP_EVENTS_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_EVENTS_DAYS)
        needed = Generation.objects.unsettled().values("pk")
        old = Event.objects.filter(at__lt=before).exclude(generation__in=needed)
        old = old.exclude(kind=EventKind.FILES_LEFT).values_list("pk", flat=True)
        Event.objects.filter(pk__in=list(old[:EVENTS_AT_ONCE])).delete()


def forget_failures() -> None:
    """Delete what the queue kept of failed tasks. Rows and their events stay."""
    task_queue.forget_failures(timezone.now() - FAILURES_FOR)


def end_sessions() -> None:
    """Delete sessions that have run out: nobody can use them, and they would pile up."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def purge(rows: QuerySet[Generation]) -> None:
    """Delete rows and then their files: a row without a file would be a broken promise.

    What is no longer one of `rows` when its turn comes (restored, asked about again) stays.
    """
    for pk in list(rows.order_by().values_list("pk", flat=True)[:PURGE_AT_ONCE]):
        with transaction.atomic():
            if row := rows.select_for_update().filter(pk=pk).first():
                names = [file.name for file in (row.video, row.poster, row.source_image) if file]
                row.log_event(EventKind.FILES_LEFT, data={"files": names})
                row.delete()


def delete_files() -> None:
    """Delete what purged rows left behind. The event that names it goes last."""
    until = time.monotonic() + DELETE_FOR
    for left in Event.objects.filter(kind=EventKind.FILES_LEFT)[:PURGE_AT_ONCE]:
        if time.monotonic() > until:
            return
        try:
            for name in left.data["files"]:
                default_storage.delete(name)
            left.delete()
        except Exception:  # a storage raises what it likes
            log.exception("the files of %s could not be deleted yet", left.generation_id)
