"""Saves the finished video: fresh URL, download, check, poster, row. Safe to repeat."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from .. import media
from ..models import LEASE, BillingState, EventKind, Generation, Status
from ..models.backoff import DOWNLOAD_RETRY, exponential_backoff
from ..providers import providers
from ..providers.base import Provider, RemoteState, RemoteTask
from ..providers.errors import DownloadError, ErrorCode, ProviderError
from ..worker import heartbeat
from .poll_result import fail, is_believed, known_facts, unknown_again

log = logging.getLogger(__name__)

RENEW_WHEN_LEFT = timedelta(seconds=40)
KEPT_WITHIN = timedelta(minutes=10)  # checking, rewriting and uploading one video


class StopError(Exception):
    """Leave the row as it is: the claim was lost, or the cluster must stop."""


class NotReadyError(Exception):
    """The service has the video, but does not deliver it at the moment."""


class UnknownTaskError(Exception):
    """The service does not know the task, or no longer."""

    def __init__(self, task: RemoteTask) -> None:
        self.task = task
        super().__init__(task.detail or "the service does not know the task")


class TaskEndedError(Exception):
    """The service says that there is no video."""

    def __init__(self, task: RemoteTask) -> None:
        self.task = task
        super().__init__(task.detail)


def store(row: Generation) -> bool:
    """Save the video of a claimed row, or write when to try again. True if it was saved.

    A paid, playable file is never discarded. The row fails only if the service says that there is
    no video, or when its 24 hours are over.
    """
    try:
        download_video(row)
        return True
    except StopError:
        row.transition(Status.STORING, due_at=timezone.now())
    except TaskEndedError as end:
        fail(row, end.task.error_code or ErrorCode.PROVIDER, end.task)
    except Exception as error:
        retry_later(row, error)
    return False


def download_video(row: Generation) -> None:
    provider = providers.get(row.provider)
    if provider is None:
        raise NotReadyError(f"{row.provider} is not configured")
    if shortage := media.disk_shortage(default_storage):
        # The reserve of the disk stays free: a full disk would stop everything else too.
        raise DownloadError(ErrorCode.SAVE, shortage)
    task = finished_task(provider, row)
    with media.temporary_file(default_storage, ".mp4") as path:
        with path.open("wb") as file:
            provider.download(task.video_url, file, on_chunk=lambda: extend_claim(row))
        keep(row, path, task)


def finished_task(provider: Provider, row: Generation) -> RemoteTask:
    """Poll once more for a fresh URL.

    Raises UnknownTaskError, TaskEndedError or NotReadyError.
    """
    task = provider.poll(row.remote_id or "", row.model)
    if task.state == RemoteState.GONE and row.endpoint != provider.endpoint:
        raise NotReadyError(
            f"it was sent to {row.endpoint}, and is not known at {provider.endpoint}"
        )
    if task.state == RemoteState.GONE:
        raise UnknownTaskError(task)
    if task.state == RemoteState.FAILED:
        raise TaskEndedError(task)
    if task.state != RemoteState.SUCCEEDED or not task.video_url:
        raise NotReadyError(f"the service says {task.state} and gives no address")
    return task


def extend_claim(row: Generation) -> None:
    """Extend the lease while bytes arrive; stop if it was lost or the worker must stop."""
    heartbeat.beat()
    if heartbeat.is_stopping():
        raise StopError
    now = timezone.now()
    ends_soon = row.due_at is not None and row.due_at - now < RENEW_WHEN_LEFT
    if ends_soon and not row.extend_lease(now + LEASE[Status.STORING]):
        raise StopError


def keep(row: Generation, path: Path, task: RemoteTask) -> None:
    """Check the file and save it in the storage; only then the row is ready."""
    with held(row), media.temporary_file(default_storage, ".webp") as picture:
        seen = media.probe_with_poster(path, picture)
        with faststart(path, seen) as final:
            with final.open("rb") as file:
                sha256 = file_digest(file, "sha256").hexdigest()
            name = f"{row.pk.hex[:2]}/{row.pk}-{sha256[:16]}"
            poster = save_poster(row, final, picture, name)
            size = final.stat().st_size
            video = media.save_file(default_storage, f"videos/{name}{seen.suffix}", final)
    moved = row.transition(
        Status.SUCCEEDED,
        attempts=0,
        billed=BillingState.YES,
        error_code="",
        error_detail="",
        video=video,
        poster=poster,
        width=seen.width,
        height=seen.height,
        seconds=seen.seconds,
        bytes=size,
        sha256=sha256,
        progress=None,
        provider_data={**known_facts(row), **task.provider_data},
    )
    if moved:
        log.info("saved %s, %d bytes", row.pk, size)
        note_differences(row)


@contextmanager
def held(row: Generation) -> Iterator[None]:
    """Extend the claim from a thread: an upload may outlast the lease without a callback."""
    over = threading.Event()
    thread = threading.Thread(target=extend_claim_repeatedly, args=(row, over), daemon=True)
    row.extend_lease(timezone.now() + LEASE[Status.STORING])
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def extend_claim_repeatedly(row: Generation, over: threading.Event) -> None:
    every = LEASE[Status.STORING] / 3
    try:
        for _ in range(KEPT_WITHIN // every):
            if over.wait(every.total_seconds()):
                return
            heartbeat.beat()
            row.extend_lease(timezone.now() + LEASE[Status.STORING])
    except DatabaseError:
        log.exception("the claim on %s could not be renewed", row.pk)
    finally:
        connection.close()


@contextmanager
def faststart(path: Path, seen: media.VideoFacts) -> Iterator[Path]:
    """The file with its index in front, so that playing can start at once."""
    final = path if seen.faststart else media.faststart(path)
    try:
        yield final
    finally:
        if final != path:
            final.unlink(missing_ok=True)


def save_poster(row: Generation, video: Path, picture: Path, name: str) -> str:
    """Save the poster. A missing poster does not fail a paid video."""
    try:
        if not picture.stat().st_size:
            media.poster(video, picture)
        return media.save_file(default_storage, f"posters/{name}.webp", picture)
    except Exception as error:
        is_ours = not isinstance(error, OSError)  # otherwise a disk or a bucket
        log.error("no poster for %s: %s", row.pk, error, exc_info=is_ours)
        row.log_event(EventKind.NO_POSTER, note=type(error).__name__)
        return ""


def note_differences(row: Generation) -> None:
    """Log for staff that the size or the length differs from the request."""
    shape = f"{row.width}x{row.height}"
    if not row.is_image_to_video and shape != row.size:
        row.log_event(EventKind.SIZE_DIFFERS, note=f"asked for {row.size}, got {shape}")
    if row.seconds is not None and abs(row.seconds - 5) > 0.5:
        row.log_event(EventKind.LENGTH_DIFFERS, note=f"got {row.seconds:.1f} seconds")


def retry_later(row: Generation, error: Exception) -> None:
    """Write why it failed and when the next try is, or that there is none."""
    detail = (
        error.detail if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}"
    )
    changes: dict[str, Any] = {"attempts": row.attempts + 1, "remote_state": RemoteState.SUCCEEDED}
    over = row.is_expired_remotely
    if isinstance(error, UnknownTaskError):
        changes = unknown_again(row, error.task, own_word=error.task.confirmed)
        over = over or is_believed(row, changes)
    elif row.remote_state == RemoteState.GONE:
        changes |= {"attempts": 1, "provider_data": known_facts(row)}
    log.warning("could not save %s yet: %s", row.pk, detail)
    if over:
        row.transition(Status.FAILED, error_code=ErrorCode.EXPIRED, error_detail=detail)
        return
    due_at = timezone.now() + exponential_backoff(changes["attempts"], DOWNLOAD_RETRY)
    changes |= {"error_code": ErrorCode.SAVE, "error_detail": detail}
    if row.transition(Status.STORING, due_at=due_at, **changes):
        row.log_event_once(EventKind.NOT_SAVED, note=detail)
