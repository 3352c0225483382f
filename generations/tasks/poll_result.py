"""What an answer about a running row means."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ..models import BillingState, EventKind, Generation, Status
from ..providers.base import ErrorCode, Provider, RemoteState, RemoteTask

log = logging.getLogger(__name__)

GONE_TIMES = 5
GONE_PAUSE = timedelta(seconds=15)  # five answers then span a minute
NO_ADDRESS_TIMES = 10


def apply_poll(row: Generation, task: RemoteTask, provider: Provider) -> None:
    """Move a RUNNING row by what its service says. A poll that changes nothing writes nothing."""
    note_unknown_word(row, task)
    if task.state == RemoteState.SUCCEEDED and task.video_url:
        finish(row, task)
    elif task.state == RemoteState.FAILED:
        fail(row, task.error_code or ErrorCode.PROVIDER, task)
    elif task.state == RemoteState.GONE:
        if row.endpoint == provider.endpoint:
            count(row, task, GONE_TIMES, ErrorCode.EXPIRED, GONE_PAUSE)
        else:
            give_up_if_lost(row)
    elif task.state == RemoteState.SUCCEEDED:
        count(row, task, NO_ADDRESS_TIMES, ErrorCode.PROVIDER, GONE_PAUSE)
    elif not give_up_if_lost(row):
        keep_running(row, task)


def finish(row: Generation, task: RemoteTask) -> None:
    """The service is done and will bill it: the file is not home yet."""
    row.transition(
        Status.STORING,
        due_at=timezone.now(),
        attempts=0,
        remote_state=task.state,
        progress=None,
        billed=BillingState.YES,
        provider_data={**row.provider_data, **task.provider_data},
    )


def fail(row: Generation, code: ErrorCode, task: RemoteTask) -> None:
    log.info("%s ended without a video: %s", row.pk, code)
    row.transition(
        Status.FAILED,
        remote_state=task.state,
        progress=None,
        error_code=code,
        error_detail=task.detail,
        provider_data={**row.provider_data, **task.provider_data},
    )


def count(row: Generation, task: RemoteTask, times: int, code: ErrorCode, pause: timedelta) -> None:
    """Believe a hopeless answer only when it comes so many times in a row."""
    attempts = row.attempts + 1 if row.remote_state == task.state else 1
    if attempts >= times:
        fail(row, code, task)
    else:
        changes = {"attempts": attempts, "remote_state": task.state}
        row.transition(Status.RUNNING, due_at=timezone.now() + pause, **changes)


def keep_running(row: Generation, task: RemoteTask) -> None:
    changes: dict[str, Any] = {}
    if row.remote_state != task.state:
        changes = {
            "remote_state": task.state,
            "provider_data": {**row.provider_data, **task.provider_data},
            "attempts": 0,
        }
    if row.progress != task.progress:
        changes["progress"] = task.progress
    if changes:
        row.transition(Status.RUNNING, due_at=row.due_at, **changes)


def note_unknown_word(row: Generation, task: RemoteTask) -> None:
    """An unheard-of state word keeps the row alive and is shown to staff, once."""
    word = task.provider_data.get("unknown_word")
    if word and row.log_event_once(EventKind.UNKNOWN_WORD, note=word):
        log.warning("%s answers with the unknown state word %r", row.provider, word)


def give_up_if_lost(row: Generation) -> bool:
    """End a row whose 24 hours at the service are over. True if it ended."""
    if not row.is_expired_remotely:
        return False
    return row.transition(
        Status.FAILED, error_code=ErrorCode.EXPIRED, error_detail="24 hours are over"
    )
