"""Applies the result of a poll to a running row."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ..models import BillingState, EventKind, Generation, Status
from ..models.backoff import UNKNOWN_TASK_RETRY, exponential_backoff
from ..providers.base import Provider, RemoteState, RemoteTask
from ..providers.errors import ErrorCode
from .submit_outcomes import pause_throttle

log = logging.getLogger(__name__)

# A task that was accepted minutes ago cannot have expired: "unknown" counts only if the service has
# reported nothing else for this time, this many times.
UNKNOWN_FOR = timedelta(hours=1)
UNKNOWN_TIMES = 5
SILENCE = timedelta(hours=1)  # without a response, after the 24 hours
HEARD_EVERY = timedelta(minutes=10)  # how often a response after the 24 hours is written

# Facts of the studio, besides those of the service, as ISO 8601.
UNKNOWN_SINCE = "unknown_since"
STILL_RUNNING_AT = "still_running_at"
DONE_AT = "done_at"  # read by `Generation.expires_at`


def apply_poll(row: Generation, task: RemoteTask, provider: Provider) -> None:
    """Change a RUNNING row as its service says. A poll without changes writes nothing."""
    note_unknown_word(row, task)
    if task.state == RemoteState.SUCCEEDED:
        finish(row, task)
    elif task.state == RemoteState.FAILED:
        fail(row, task.error_code or ErrorCode.PROVIDER, task)
    elif task.state == RemoteState.GONE:
        poll_later(row, task, provider)
    else:
        keep_running(row, task)


def finish(row: Generation, task: RemoteTask) -> None:
    """The service has finished and bills the video, but it is not saved yet.

    If there is no URL, the row is polled for it again, as if a download had failed.
    """
    changes: dict[str, Any] = (
        {} if "unknown_word" in task.provider_data else {"billed": BillingState.YES}
    )
    row.transition(
        Status.STORING,
        due_at=timezone.now(),
        attempts=0,
        remote_state=task.state,
        progress=None,
        error_code="",
        error_detail="",
        provider_data={
            **known_facts(row),
            **task.provider_data,
            DONE_AT: timezone.now().isoformat(),
        },
        **changes,
    )


def fail(row: Generation, code: ErrorCode, task: RemoteTask) -> None:
    if task.account:  # the next ones would fail, too
        pause_throttle(row, task.account)
    log.info("%s ended without a video: %s", row.pk, code)
    row.transition(
        Status.FAILED,
        remote_state=task.state,
        progress=None,
        error_code=code,
        error_detail=task.detail,
        provider_data={**row.provider_data, **task.provider_data},
    )


def poll_later(row: Generation, task: RemoteTask, provider: Provider) -> None:
    """The service does not know the task at the moment: poll again at growing intervals."""
    own_word = task.confirmed and row.endpoint == provider.endpoint
    changes = unknown_again(row, task, own_word=own_word)
    if is_believed(row, changes):
        fail(row, ErrorCode.EXPIRED, task)
        return
    due_at = timezone.now() + exponential_backoff(changes["attempts"], UNKNOWN_TASK_RETRY)
    if row.transition(Status.RUNNING, due_at=due_at, **changes):
        row.log_event_once(EventKind.TASK_NOT_FOUND, note=task.detail or "unknown")


def unknown_again(row: Generation, task: RemoteTask, *, own_word: bool) -> dict[str, Any]:
    """What to write of one more "unknown"; the service's own word begins the hour.

    That is not the page of a gateway, nor what another address says than it was sent to.
    """
    attempts = row.attempts + 1 if row.remote_state == RemoteState.GONE else 1
    facts = {**row.provider_data, **task.provider_data}
    if own_word:
        facts.setdefault(UNKNOWN_SINCE, timezone.now().isoformat())
    return {"attempts": attempts, "remote_state": RemoteState.GONE, "provider_data": facts}


def is_believed(row: Generation, changes: dict[str, Any]) -> bool:
    """Whether, after all these responses, the task no longer exists."""
    since = reported_at(changes["provider_data"], UNKNOWN_SINCE)
    long_enough = since is not None and timezone.now() - since >= UNKNOWN_FOR
    return changes["attempts"] >= UNKNOWN_TIMES and (long_enough or row.is_expired_remotely)


def keep_running(row: Generation, task: RemoteTask) -> None:
    """The task is running. As long as the service says so, it is polled beyond its 24 hours."""
    changes: dict[str, Any] = {}
    facts = {**known_facts(row), **task.provider_data}
    if row.remote_state != task.state:
        changes = {"remote_state": task.state, "provider_data": facts, "attempts": 0}
    if row.error_code:  # it could not be polled for a while
        changes |= {"error_code": "", "error_detail": ""}
    if row.progress != task.progress:
        changes["progress"] = task.progress
    if row.is_expired_remotely and not was_reported_running(row, within=HEARD_EVERY):
        changes["provider_data"] = facts | {STILL_RUNNING_AT: timezone.now().isoformat()}
    if changes:
        row.transition(Status.RUNNING, due_at=row.due_at, **changes)


def is_unchanged(row: Generation, task: RemoteTask) -> bool:
    """True for the usual response: the task is running, and the row says so already."""
    return (
        row.remote_state == task.state
        and task.state in (RemoteState.PENDING, RemoteState.RUNNING)
        and row.progress == task.progress
        and not (row.error_code or row.is_expired_remotely or "unknown_word" in task.provider_data)
    )


def known_facts(row: Generation) -> dict[str, Any]:
    """The row's facts, now that the service knows the task."""
    return {name: value for name, value in row.provider_data.items() if name != UNKNOWN_SINCE}


def was_reported_running(row: Generation, *, within: timedelta) -> bool:
    """Whether the service said recently, after the 24 hours, that it is working."""
    at = reported_at(row.provider_data, STILL_RUNNING_AT)
    return at is not None and timezone.now() - at < within


def reported_at(facts: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(facts[name]) if name in facts else None


def note_unknown_word(row: Generation, task: RemoteTask) -> None:
    """An unknown state word keeps the row running and is reported to staff, once."""
    word = task.provider_data.get("unknown_word")
    if word and row.log_event_once(EventKind.UNKNOWN_WORD, note=word):
        log.warning("%s answers with the unknown state word %r", row.provider, word)


def give_up_if_lost(row: Generation) -> bool:
    """End a row without any response when its 24 hours, and one more, are over.

    True if it ended.
    """
    over = row.expires_at is not None and timezone.now() >= row.expires_at + SILENCE
    if not over or was_reported_running(row, within=SILENCE):
        return False
    return row.transition(
        Status.FAILED, error_code=ErrorCode.EXPIRED, error_detail="24 hours are over"
    )
