"""What came of a submit, written down: the row's next status, and its throttle's."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import EventKind, Generation, Status, SubmitThrottle
from ..providers import providers
from ..providers.base import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    Provider,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
)

log = logging.getLogger(__name__)

BUSY_PAUSE = 30.0  # seconds to wait when the provider says "not now" and not how long
FILTERED_SINCE = timedelta(hours=1)
MAX_FILTERED = 2  # other prompts in a row that a firewall refused, until it is about the account
# From a lost answer to the first search in the provider's list.
RECONCILE_DELAY = timedelta(seconds=5)


def throttle_of(row: Generation) -> SubmitThrottle:
    return SubmitThrottle.objects.at(row.provider, row.model)


def accept(row: Generation, remote_id: str, provider: Provider) -> None:
    first_poll = timezone.now() + timedelta(seconds=provider.poll_every)
    try:
        accepted = row.mark_running(remote_id, endpoint=provider.endpoint, due_at=first_poll)
    except IntegrityError as error:
        # The service gave an id that another row owns: no POST of ours may stand for two rows.
        detail = f"the service answered with {remote_id}, which belongs to another generation"
        mark_unconfirmed(row, provider, OutcomeUnknownError(detail=detail))
        log.error("%s: %s (%s)", row.pk, detail, type(error).__name__)
        return
    if not accepted:
        note = f"{remote_id} came for a row that has another id"
        row.log_event(EventKind.LATE_ANSWER, note=note)
    throttle_of(row).record_success()
    Generation.objects.ensure_poller()


def wait_for_staff(row: Generation, error: AccountRejectedError) -> None:
    """The account was refused: close the line, and only then let the row wait in it."""
    with transaction.atomic():
        pause_throttle(row, error)
        requeue(row, error)


def wait_for_service(row: Generation, error: ProviderUnavailableError) -> None:
    """Not now: the line rests, and only then does the row wait in it."""
    with transaction.atomic():
        if error.code == ErrorCode.QUOTA:
            postpone_for_quota(row, error)
        else:
            postpone(throttle_of(row), error)
        requeue(row, error)


def requeue(row: Generation, error: ProviderError) -> None:
    """Nothing was accepted: the row waits again. Waiting never fails a row."""
    now = timezone.now()
    moved = row.transition(
        Status.QUEUED, due_at=now, submitted_at=None, note=error.detail, **described(error)
    )
    if not moved:
        too_late(row, error)


def end(row: Generation, error: RequestRejectedError) -> None:
    """This ask will never be accepted. The service itself is well."""
    if error.code != ErrorCode.BLOCKED:
        throttle_of(row).record_success()
    elif are_all_filtered(row):
        refusal = AccountRejectedError(ErrorCode.UNREACHABLE, error.detail, whole_service=False)
        wait_for_staff(row, refusal)
        return
    log.info("%s was refused: %s", row.pk, error.code)
    if not row.transition(Status.FAILED, **described(error)):
        too_late(row, error)


def are_all_filtered(row: Generation) -> bool:
    """Has a firewall refused other prompts too, and let nothing through since?

    One prompt stops nobody: that of somebody else who waits is sent between two of one person.
    """
    line = Generation.objects.for_throttle(row.provider, row.model)
    sent = line.filter(remote_id__isnull=False).exclude(submitted_at=None)
    last = sent.order_by("-submitted_at").values_list("submitted_at", flat=True).first()
    since = timezone.now() - FILTERED_SINCE
    refused = line.failed().filter(
        error_code=ErrorCode.BLOCKED, finished_at__gt=max(since, last or since)
    )
    others = refused.order_by().exclude(prompt=row.prompt).values("prompt").distinct()
    return others.count() >= MAX_FILTERED


def too_late(row: Generation, error: Exception) -> None:
    """The lease ran out before the answer came: the row is unconfirmed, staff read what came."""
    remote_id = id_beside(error)
    came = " ".join(filter(None, [remote_id, type(error).__name__, detail_of(error)]))
    data = {"remote_id": remote_id} if remote_id else None
    row.log_event(EventKind.LATE_ANSWER, note=came, data=data)
    log.warning("late answer for %s: %s", row.pk, came)


def mark_unconfirmed(row: Generation, provider: Provider, error: Exception) -> None:
    """The service may have accepted it. A list of its tasks or a person will tell.

    An id that came with the error is kept for staff, who may attach it.
    """
    due_at = timezone.now() + RECONCILE_DELAY if provider.can_list_tasks else None
    remote_id = id_beside(error)
    moved = row.transition(
        Status.UNCONFIRMED,
        due_at=due_at,
        attempts=0,
        error_code=ErrorCode.UNCONFIRMED,
        error_detail=detail_of(error),
        data={"remote_id": remote_id} if remote_id else None,
    )
    if not moved:
        too_late(row, error)
    throttle_of(row).record_failure(ErrorCode.UNCONFIRMED, detail_of(error))
    if due_at:
        Generation.objects.ensure_poller()


def id_beside(error: Exception) -> str:
    """The remote id that came with the error, if any."""
    return str(error.provider_data.get("remote_id", "")) if isinstance(error, ProviderError) else ""


def detail_of(error: Exception) -> str:
    """What staff may read of it: what the code of others raises may name anything."""
    return error.detail if isinstance(error, ProviderError) else type(error).__name__


def pause_throttle(row: Generation, error: AccountRejectedError) -> None:
    """Stop sending until staff resume or the key changes: the next row would be refused alike."""
    provider = providers.get(row.provider)
    refused = provider if error.code == ErrorCode.AUTH else None
    SubmitThrottle.objects.pause(
        row.provider,
        row.model,
        whole_service=error.whole_service,
        code=error.code,
        detail=error.detail,
        credentials_hash=refused.credentials_hash if refused else "",
    )


def postpone(throttle: SubmitThrottle, error: ProviderUnavailableError) -> None:
    throttle.postpone(error.retry_after or BUSY_PAUSE)
    if error.outage:
        throttle.record_failure(error.code, error.detail)


def postpone_for_quota(row: Generation, error: ProviderUnavailableError) -> None:
    """A quota that clears within the minute and one that is used up are told with one word."""
    if not throttle_of(row).quota_refused(error.detail):
        pause_throttle(row, AccountRejectedError(error.code, error.detail, whole_service=False))


def described(error: ProviderError) -> dict[str, Any]:
    return {"error_code": error.code, "error_detail": error.detail}
