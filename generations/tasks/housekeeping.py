"""Enqueues a poller if none runs, and deletes what has expired."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import media
from ..accounts.sessions import forget_ended_sessions
from ..creation.uploads import remove_old
from ..models import Event, EventKind, Generation, RateLimit, Status, WorkerHeartbeat
from ..models.search import BATCH_SIZE, refill
from ..reports.aggregate import update_daily_sums
from ..staff.alerts import mail_alerts
from ..worker.task_queue import delete_failures
from .conversion import delete_conversions, enqueue_conversions

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = timedelta(minutes=10)
PURGE_BATCH_SIZE = 200
FILES_BATCH_SIZE = 5000
EVENTS_BATCH_SIZE = 5000
MAX_REFILL_TIME = 5.0  # seconds
MAX_DELETE_TIME = 60.0  # seconds: a storage that hangs must not block a worker


def run_housekeeping() -> None:
    """Enqueue a poller if none runs; every ten minutes, clean up.

    Every cluster runs it every fifteen seconds, so that a lost task costs seconds and an idle
    cluster has a heartbeat.
    """
    WorkerHeartbeat.objects.record()
    Generation.objects.ensure_poller()
    run_all(update_daily_sums, mail_alerts, refill_search, enqueue_conversions)
    if WorkerHeartbeat.objects.claim_housekeeping(HOUSEKEEPING_EVERY):
        run_all(remove_stray_parts, remove_old, purge_trash, purge_failed, delete_files)
        run_all(
            delete_conversions, purge_events, delete_failures, delete_sessions, delete_rate_limits
        )


def run_all(*functions: Callable[[], object]) -> None:
    """Run all functions. One that fails is logged and does not stop the others."""
    for function in functions:
        try:
            function()
        except (OSError, DatabaseError) as error:  # a disk, a bucket, a database
            log.error("%s failed: %s: %s", function.__name__, type(error).__name__, error)
        except Exception:
            log.exception("%s failed", function.__name__)


def refill_search() -> None:
    """Write the searched text of rows of an older release, for a few seconds."""
    until = time.monotonic() + MAX_REFILL_TIME
    while refill(Generation.objects.all()) == BATCH_SIZE and time.monotonic() < until:
        pass


def remove_stray_parts() -> None:
    """Delete the partial files of workers that were killed."""
    media.remove_stray_parts(default_storage)


def purge_trash() -> None:
    """Delete for good what has been in the trash for long enough."""
    before = timezone.now() - timedelta(days=settings.WANSTUDIO_TRASH_DAYS)
    purge(Generation.objects.settled().filter(trashed_at__lt=before))


def purge_failed() -> None:
    """Delete old rows without a video, if the operator has set that."""
    if settings.WANSTUDIO_KEEP_FAILED_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_FAILED_DAYS)
        ended = [Status.FAILED, Status.CANCELED]
        purge(Generation.objects.filter(status__in=ended, finished_at__lt=before))


def purge_events() -> None:
    """Delete old events, if the operator has set that; events of unsettled rows stay."""
    if settings.WANSTUDIO_KEEP_EVENTS_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_EVENTS_DAYS)
        needed = Generation.objects.unsettled().values("pk")
        old = Event.objects.filter(at__lt=before).exclude(generation__in=needed)
        deletable = old.exclude(kind=EventKind.FILES_LEFT).values_list("pk", flat=True)
        Event.objects.filter(pk__in=list(deletable[:EVENTS_BATCH_SIZE])).delete()


def delete_sessions() -> None:
    """Delete expired sessions and their entries in the lists of sessions."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    forget_ended_sessions()


def delete_rate_limits() -> None:
    """Delete expired counters."""
    RateLimit.objects.expired().delete()


def purge(rows: QuerySet[Generation]) -> None:
    """Delete rows and then their files: a row must never lack its file.

    A row that has left `rows` in the meantime (restored, checked again) stays.
    """
    for pk in list(rows.order_by().values_list("pk", flat=True)[:PURGE_BATCH_SIZE]):
        with transaction.atomic():
            if row := rows.select_for_update().filter(pk=pk).first():
                row.log_event(EventKind.FILES_LEFT, data={"files": row.file_names})
                row.delete()


def delete_files() -> None:
    """Delete the files of rows deleted for good. The event that names them is deleted last."""
    until = time.monotonic() + MAX_DELETE_TIME
    for left in Event.objects.filter(kind=EventKind.FILES_LEFT)[:FILES_BATCH_SIZE]:
        if time.monotonic() > until:
            return
        try:
            for name in left.data["files"]:
                default_storage.delete(name)
            left.delete()
        except OSError as error:
            log.error("the files of %s could not be deleted yet: %s", left.generation_id, error)
        except Exception:  # storages raise various exceptions
            log.exception("the files of %s could not be deleted yet", left.generation_id)
