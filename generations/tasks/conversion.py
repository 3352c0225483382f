"""Make the files that people asked for of their finished videos: joined, or as a picture."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from django.core.files.storage import default_storage
from django.utils import timezone

from .. import media
from ..models import Conversion, ConversionKind, Generation
from ..models.conversion import MAX_ATTEMPTS
from ..worker import heartbeat
from ..worker.task_queue import enqueue
from .disk import has_room

log = logging.getLogger(__name__)

MAKE = {
    ConversionKind.JOIN: (media.join, ".mp4"),
    ConversionKind.WEBP: (media.animate, ".webp"),
}


def convert_next() -> None:
    """Make one file, the one that has waited longest; then leave the worker to others."""
    if heartbeat.is_stopping():
        return
    row = Conversion.objects.claim()
    if row is None:
        return
    try:
        convert(row)
    except media.ConversionError as error:
        row.fail(error.reason, error.place)
    except Exception as error:  # a disk, a bucket: try again, but not for ever
        log.exception("conversion %s failed", row.pk)
        row.fail(type(error).__name__) if row.attempts >= MAX_ATTEMPTS else row.release()
    enqueue_conversions()


def convert(row: Conversion) -> None:
    """Raises `ConversionError`, or OSError where a file or the disk does not answer."""
    rows = clips_of(row)
    if not has_room(sum(clip.bytes or 0 for clip in rows)):
        raise media.ConversionError("room", 0)
    make, suffix = MAKE[ConversionKind(row.kind)]
    target = media.temporary_path(default_storage, suffix)
    try:
        with ExitStack() as stack:
            paths = [stack.enter_context(media.local_file(clip.video)) for clip in rows]
            make(paths, target)
        name = f"conversions/{row.pk.hex[:2]}/{row.pk}{suffix}"
        stored = media.save_file(default_storage, name, target)
    finally:
        target.unlink(missing_ok=True)
    if not row.finish(stored):
        default_storage.delete(stored)


def clips_of(row: Conversion) -> list[Generation]:
    """The clips in their order. Raises `ConversionError` for the first that is gone."""
    found = Generation.objects.visible_to(row.owner).in_bulk(row.sources)
    clips = {str(pk): clip for pk, clip in found.items()}
    for place, pk in enumerate(row.sources, 1):
        if pk not in clips or not is_there(clips[pk]):
            raise media.ConversionError("gone", place)
    return [clips[pk] for pk in row.sources]


def is_there(row: Generation) -> bool:
    return row.video.storage.exists(str(row.video.name))


def enqueue_conversions() -> None:
    """Enqueue a worker where something waits."""
    if Conversion.objects.open().exists():
        enqueue("convert_next")


def delete_conversions() -> None:
    """Delete files that are a day old, and their rows behind them."""
    for row in Conversion.objects.old(timezone.now()):
        if row.file:
            default_storage.delete(str(row.file.name))
        row.delete()
