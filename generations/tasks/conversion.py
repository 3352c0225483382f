"""Makes the files that people requested from their finished videos: joined, or animated."""

import logging
from contextlib import ExitStack

from django.core.files.storage import default_storage
from django.utils import timezone

from .. import media
from ..models import Conversion, ConversionKind, Generation
from ..models.conversion import MAX_ATTEMPTS
from ..worker import heartbeat, semaphore
from ..worker.task_queue import enqueue
from .disk import has_room
from .store_queue import MAX_STORES

log = logging.getLogger(__name__)

# The job of the decoders that makes it, and the suffix of the file.
MAKE = {ConversionKind.JOIN: ("join", ".mp4"), ConversionKind.WEBP: ("animation", ".webp")}


def convert_next() -> None:
    """Make one file, the one that has waited longest, in the place of a save.

    So sends find a worker. Where all places are taken, housekeeping enqueues it again.
    """
    with semaphore.acquire(MAX_STORES) as acquired:
        if not acquired or heartbeat.is_stopping():
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
    """Make one file. Raises `ConversionError`, or OSError if a file or the disk fails."""
    rows = clips_of(row)
    if not has_room(sum(clip.bytes or 0 for clip in rows)):
        raise media.ConversionError("room", 0)
    job, suffix = MAKE[ConversionKind(row.kind)]
    with media.temporary_file(default_storage, suffix) as target:
        with ExitStack() as stack:
            paths = [stack.enter_context(media.local_file(clip.video)) for clip in rows]
            media.convert(job, paths, target)
        name = f"conversions/{row.pk.hex[:2]}/{row.pk}{suffix}"
        stored = media.save_file(default_storage, name, target)
    if not row.finish(stored):
        default_storage.delete(stored)


def clips_of(row: Conversion) -> list[Generation]:
    """The clips in order. Raises `ConversionError` for the first one that does not exist."""
    found = Generation.objects.visible_to(row.owner).in_bulk(row.sources)
    clips = {str(pk): clip for pk, clip in found.items()}
    for place, pk in enumerate(row.sources, 1):
        clip = clips.get(pk)
        if clip is None or not clip.video.storage.exists(str(clip.video.name)):
            raise media.ConversionError("gone", place)
    return [clips[pk] for pk in row.sources]


def enqueue_conversions() -> None:
    """Enqueue a task if a conversion waits."""
    if Conversion.objects.open().exists():
        enqueue("convert_next")


def delete_conversions() -> None:
    """Delete files that are a day old, and their rows."""
    for row in Conversion.objects.old(timezone.now()):
        if row.file:
            default_storage.delete(str(row.file.name))
        row.delete()
