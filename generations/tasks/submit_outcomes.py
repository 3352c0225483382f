"""The outcome of a submit: the next status of the row, and of its throttle."""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import EventKind, Generation, Status, SubmitThrottle
from ..providers import providers
from ..providers.base import Provider
from ..providers.errors import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
)

log = logging.getLogger(__name__)

BUSY_PAUSE = 30.0  # seconds to wait if the provider does not say how long
FILTERED_SINCE = timedelta(hours=1)
MAX_FILTERED = 2  # prompts in a row refused by a firewall, until the account is the cause
# From a lost response to the first search in the list of the provider.
RECONCILE_DELAY = timedelta(seconds=5)


def throttle_of(row: Generation) -> SubmitThrottle:
    return SubmitThrottle.objects.at(row.provider, row.model)


def accept(row: Generation, remote_id: str, provider: Provider) -> None:
    first_poll = timezone.now() + timedelta(seconds=provider.poll_every)
    try:
        accepted = row.mark_running(remote_id, endpoint=provider.endpoint, due_at=first_poll)
    except IntegrityError as error:
        # The service returned the ID of another row. One task must not belong to two rows.
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
    """The account was refused: pause the throttle, and then put the row back into the queue."""
    with transaction.atomic():
        pause_throttle(row, error)
        requeue(row, error)


def wait_for_service(row: Generation, error: ProviderUnavailableError) -> None:
    """Not now: postpone the throttle, and then put the row back into the queue."""
    with transaction.atomic():
        throttle = throttle_of(row)
        if error.code != ErrorCode.QUOTA:
            throttle.postpone(error.retry_after or BUSY_PAUSE)
            if error.outage:
                throttle.record_failure(error.code, error.detail)
        # Services use the same error for a quota per minute and for a quota that is used up.
        elif not throttle.quota_refused(error.detail):
            refusal = AccountRejectedError(error.code, error.detail, whole_service=False)
            pause_throttle(row, refusal)
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
    """This request will never be accepted. The service itself works."""
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
    """Whether a firewall has refused other prompts too, and let nothing through since.

    One prompt cannot pause a throttle: other people's requests are sent in between.
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
    """The lease expired before the response: the row is unconfirmed, staff read the response."""
    data = id_beside(error)
    came = " ".join(filter(None, [*data.values(), type(error).__name__, detail_of(error)]))
    row.log_event(EventKind.LATE_ANSWER, note=came, data=data)
    log.warning("late answer for %s: %s", row.pk, came)


def mark_unconfirmed(row: Generation, provider: Provider, error: Exception) -> None:
    """The service may have accepted it. Its list of tasks, or a person, decides.

    An ID that came with the error is stored for staff, who can attach it.
    """
    due_at = timezone.now() + RECONCILE_DELAY if provider.can_list_tasks else None
    moved = row.transition(
        Status.UNCONFIRMED,
        due_at=due_at,
        attempts=0,
        error_code=ErrorCode.UNCONFIRMED,
        error_detail=detail_of(error),
        data=id_beside(error),
    )
    if not moved:
        too_late(row, error)
    throttle_of(row).record_failure(ErrorCode.UNCONFIRMED, detail_of(error))
    if due_at:
        Generation.objects.ensure_poller()


def id_beside(error: Exception) -> dict[str, str]:
    """The remote ID that came with the error, if any, for the data of an event."""
    facts = error.provider_data if isinstance(error, ProviderError) else {}
    return {"remote_id": str(facts["remote_id"])} if facts.get("remote_id") else {}


def detail_of(error: Exception) -> str:
    """What staff may read: other exceptions could contain anything."""
    return error.detail if isinstance(error, ProviderError) else type(error).__name__


def pause_throttle(row: Generation, error: AccountRejectedError) -> None:
    """Stop sending until staff resume it or the key changes: other rows would be refused, too."""
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


def described(error: ProviderError) -> dict[str, Any]:
    return {"error_code": error.code, "error_detail": error.detail}
