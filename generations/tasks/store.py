"""Bring the finished video home: fresh URL, download, check, poster, row. Safe to repeat."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from .. import media
from ..models import LEASE, BillingState, EventKind, Generation, Status
from ..models.backoff import exponential_backoff
from ..providers import providers
from ..providers.base import (
    DownloadError,
    ErrorCode,
    Provider,
    ProviderError,
    RemoteState,
    RemoteTask,
)
from ..worker import heartbeat
from .poll_result import fail, heard, is_believed, unknown_again

log = logging.getLogger(__name__)

RENEW_WHEN_LEFT = timedelta(seconds=40)
KEPT_WITHIN = timedelta(minutes=10)  # checking, rewriting and uploading one video


class Stop(Exception):
    """Leave the row as it is: the claim was lost, or the cluster is told to stop."""


class NotReadyError(Exception):
    """The service has the video but not for us at this moment."""


class Unknown(Exception):
    """The service does not know the task, or not any more."""

    def __init__(self, task: RemoteTask) -> None:
        self.task = task
        super().__init__(task.detail or "the service does not know the task")


class Ended(Exception):
    """The service says that there is no video after all."""

    def __init__(self, task: RemoteTask) -> None:
        self.task = task
        super().__init__(task.detail)


def store(row: Generation) -> bool:
    """Save the video of a claimed row, or write when to try again. True if it was saved.

    A paid, playable file is never thrown away, and nothing but the service's own word that
    there is none, or the end of its 24 hours, fails the row.
    """
    try:
        download_video(row)
        return True
    except Stop:
        row.transition(Status.STORING, due_at=timezone.now())
    except Ended as end:
        fail(row, end.task.error_code or ErrorCode.PROVIDER, end.task)
    except Exception as error:
        retry_later(row, error)
    return False


def download_video(row: Generation) -> None:
    provider = providers.get(row.provider)
    if provider is None:
        raise NotReadyError(f"{row.provider} is not configured")
    require_room()
    task = finished_task(provider, row)
    with temporary_file() as path:
        with path.open("wb") as file:
            provider.download(task.video_url, file, on_chunk=lambda: keep_the_claim(row))
        keep(row, path, task)


def require_room() -> None:
    """Leave the disk its reserve: a full one would stop everything else too."""
    if shortage := media.disk_shortage(default_storage):
        raise DownloadError(ErrorCode.SAVE, shortage)


def finished_task(provider: Provider, row: Generation) -> RemoteTask:
    """Ask once more, for a URL that is fresh. Raises Unknown, Ended or NotYet."""
    task = provider.poll(row.remote_id or "", row.model)
    if task.state == RemoteState.GONE and row.endpoint != provider.endpoint:
        raise NotReadyError(
            f"it was sent to {row.endpoint}, and is not known at {provider.endpoint}"
        )
    if task.state == RemoteState.GONE:
        raise Unknown(task)
    if task.state == RemoteState.FAILED:
        raise Ended(task)
    if task.state != RemoteState.SUCCEEDED or not task.video_url:
        raise NotReadyError(f"the service says {task.state} and gives no address")
    return task


@contextmanager
def temporary_file() -> Iterator[Path]:
    path = media.temporary_path(default_storage, ".mp4")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def keep_the_claim(row: Generation) -> None:
    """Renew the lease while bytes come; stop at once when it was lost or we are to stop."""
    heartbeat.beat()
    if heartbeat.is_stopping():
        raise Stop
    now = timezone.now()
    ends_soon = row.due_at is not None and row.due_at - now < RENEW_WHEN_LEFT
    if ends_soon and not row.extend_lease(now + LEASE[Status.STORING]):
        raise Stop


def keep(row: Generation, path: Path, task: RemoteTask) -> None:
    """Check the file and put it into our storage; then, and only then, the row is ready."""
    with held(row):
        seen = media.probe(path)
        with faststart(path) as final:
            sha256 = media.sha256(final)
            name = f"{row.pk.hex[:2]}/{row.pk}-{sha256[:16]}"
            poster = save_poster(row, final, name)
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
        provider_data={**heard(row), **task.provider_data},
    )
    if moved:
        log.info("saved %s, %d bytes", row.pk, size)
        note_differences(row)


@contextmanager
def held(row: Generation) -> Iterator[None]:
    """Renew the claim from a thread: an upload may outlast the lease, and call nobody back."""
    over = threading.Event()
    thread = threading.Thread(target=keep_holding, args=(row, over), daemon=True)
    row.extend_lease(timezone.now() + LEASE[Status.STORING])
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def keep_holding(row: Generation, over: threading.Event) -> None:
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
def faststart(path: Path) -> Iterator[Path]:
    """The file with its index in front, so that playing can begin at once."""
    final = media.faststart(path)
    try:
        yield final
    finally:
        if final != path:
            final.unlink(missing_ok=True)


def save_poster(row: Generation, video: Path, name: str) -> str:
    """Save the still. A missing poster does not fail a paid video."""
    path = media.temporary_path(default_storage, ".webp")
    try:
        media.poster(video, path)
        return media.save_file(default_storage, f"posters/{name}.webp", path)
    except Exception as error:
        is_ours = not isinstance(error, OSError)  # else a disk or a bucket
        log.error("no poster for %s: %s", row.pk, error, exc_info=is_ours)
        row.log_event(EventKind.NO_POSTER, note=type(error).__name__)
        return ""
    finally:
        path.unlink(missing_ok=True)


def note_differences(row: Generation) -> None:
    """Tell staff when the service gave another size or length than was asked for."""
    shape = f"{row.width}x{row.height}"
    if not row.is_image_to_video and shape != row.size:
        row.log_event(EventKind.SIZE_DIFFERS, note=f"asked for {row.size}, got {shape}")
    if row.seconds is not None and abs(row.seconds - 5) > 0.5:
        row.log_event(EventKind.LENGTH_DIFFERS, note=f"got {row.seconds:.1f} seconds")


def retry_later(row: Generation, error: Exception) -> None:
    """Write why it failed and when the next try is, or that there is none left."""
    detail = (
        error.detail if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}"
    )
    changes: dict[str, Any] = {"attempts": row.attempts + 1, "remote_state": RemoteState.SUCCEEDED}
    over = row.is_expired_remotely
    if isinstance(error, Unknown):
        changes = unknown_again(row, error.task, own_word=error.task.confirmed)
        over = over or is_believed(row, changes)
    elif row.remote_state == RemoteState.GONE:
        changes |= {"attempts": 1, "provider_data": heard(row)}
    log.warning("could not save %s yet: %s", row.pk, detail)
    if over:
        row.transition(Status.FAILED, error_code=ErrorCode.EXPIRED, error_detail=detail)
        return
    due_at = timezone.now() + exponential_backoff(changes["attempts"], first=5)
    changes |= {"error_code": ErrorCode.SAVE, "error_detail": detail}
    if row.transition(Status.STORING, due_at=due_at, **changes):
        row.log_event_once(EventKind.NOT_SAVED, note=detail)
