"""See that somebody watches, and keep house."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from .. import media
from ..models import OPEN, Generation, Shift, Status

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = timedelta(minutes=10)
STRAY_AFTER = timedelta(hours=1)
PURGE_AT_ONCE = 200


def sweep() -> None:
    """Ring for a watch if nobody is on shift; every ten minutes, clean up.

    Rung by every cluster every fifteen seconds, so a lost bell costs seconds and an idle
    cluster has a pulse.
    """
    Shift.objects.swept()
    Generation.objects.ring_for_a_watch()
    if Shift.objects.begin_housekeeping(HOUSEKEEPING_EVERY):
        for chore in (remove_stray_parts, purge_trash, purge_failed):
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


def purge(rows: QuerySet[Generation]) -> None:
    """Delete rows and then their files: a row without a file would be a broken promise."""
    for row in rows[:PURGE_AT_ONCE]:
        names = [file.name for file in (row.video, row.poster, row.source_image) if file]
        row.delete()
        for name in names:
            default_storage.delete(name)
