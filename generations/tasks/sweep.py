"""See that somebody watches, and keep house."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from .. import media
from ..attention import tell_of_concerns
from ..daily import update_daily_sums
from ..kept import remove_old
from ..models import OPEN, Event, Generation, Shift, Status

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = timedelta(minutes=10)
STRAY_AFTER = timedelta(hours=1)
PURGE_AT_ONCE = 200
EVENTS_AT_ONCE = 5000


def sweep() -> None:
    """Ring for a watch if nobody is on shift; every ten minutes, clean up.

    Rung by every cluster every fifteen seconds, so a lost bell costs seconds and an idle
    cluster has a pulse.
    """
    Shift.objects.swept()
    Generation.objects.ring_for_a_watch()
    do(update_daily_sums, tell_of_concerns)
    if Shift.objects.begin_housekeeping(HOUSEKEEPING_EVERY):
        do(remove_stray_parts, remove_old, purge_trash, purge_failed, purge_events, end_sessions)


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
    purge(Generation.objects.filter(trashed_at__lt=before).exclude(status__in=OPEN))


def purge_failed() -> None:
    """Delete old rows without a video, if the operator wants that."""
    if settings.WANSTUDIO_KEEP_FAILED_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_FAILED_DAYS)
        ended = [Status.FAILED, Status.CANCELED]
        purge(Generation.objects.filter(status__in=ended, finished_at__lt=before))


def purge_events() -> None:
    """Delete old events, if the operator wants that; what an open row went through stays."""
    if settings.WANSTUDIO_KEEP_EVENTS_DAYS:
        before = timezone.now() - timedelta(days=settings.WANSTUDIO_KEEP_EVENTS_DAYS)
        under_way = Generation.objects.open().values("pk")
        old = Event.objects.filter(at__lt=before).exclude(generation__in=under_way)
        Event.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:EVENTS_AT_ONCE])
        ).delete()


def end_sessions() -> None:
    """Delete sessions that have run out: nobody can use them, and they would pile up."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def purge(rows: QuerySet[Generation]) -> None:
    """Delete rows and then their files: a row without a file would be a broken promise."""
    for row in rows[:PURGE_AT_ONCE]:
        names = [file.name for file in (row.video, row.poster, row.source_image) if file]
        row.delete()
        for name in names:
            default_storage.delete(name)
