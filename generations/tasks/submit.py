"""Send what waits. The one step that costs money, taken at most once in the life of a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ..models import EventKind, Generation, Status, SubmitThrottle, claim_submit
from ..providers import providers
from ..providers.base import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    Provider,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
    SourceImage,
    SubmitInterruptedError,
    VideoRequest,
)
from ..text import truncate
from ..worker import heartbeat
from .disk import may_send

log = logging.getLogger(__name__)

MAX_RUNTIME = 50.0  # seconds one task submits before it leaves the worker to others
SUBMIT_DEADLINE = 30.0  # seconds from the claim until the POST must have begun
BUSY_PAUSE = 30.0  # seconds to wait when the provider says "not now" and not how long
FILTERED_SINCE = timedelta(hours=1)
MAX_FILTERED = 2  # other prompts in a row that a firewall refused, until it is about the account
# From a lost answer to the first search in the provider's list.
RECONCILE_DELAY = timedelta(seconds=5)
# Seconds between tries to write an outcome down: longer than it takes a database to be replaced,
# each shorter than a silence for which a cluster is taken for dead.
RETRY_WRITES = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30)


def submit_queued(alias: str, model: str) -> None:
    """Send what waits for this model, in fair turn, while the provider has free slots.

    Safe to call twice, or for nothing: `claim_submit` gives each row to one caller, once.
    """
    provider = providers.get(alias)
    until = time.monotonic() + MAX_RUNTIME
    if provider and not may_send(alias, model):
        return
    while provider and time.monotonic() < until and not heartbeat.is_stopping():
        claimed_at = time.monotonic()
        row = claim_submit(
            alias, model, max_open=provider.max_open, submit_every=provider.submit_every
        )
        if row is None:
            return
        send(provider, row, deadline=claimed_at + SUBMIT_DEADLINE)
        heartbeat.beat()
        next_at = claimed_at + provider.submit_every
        if next_at >= until:  # the dispatcher enqueues the next one
            return
        heartbeat.sleep(next_at - time.monotonic())


def send(provider: Provider, row: Generation, *, deadline: float) -> None:
    """Make the one POST for a SUBMITTING row and write down what came of it.

    Nothing asks the database before the POST: a failure there would leave unconfirmed what
    certainly was not sent.
    """
    try:
        request = request_of(row, provider)
        remote_id = provider.submit(request, deadline=deadline, on_progress=keep_alive)
    except AccountRejectedError as error:
        write_down(partial(wait_for_staff, row, error))
    except RequestRejectedError as error:
        write_down(partial(end, row, error))
    except SubmitInterruptedError as error:
        write_down(partial(requeue, row, error))
    except ProviderUnavailableError as error:
        write_down(partial(wait_for_service, row, error))
    except Exception as error:
        write_down(partial(mark_unconfirmed, row, provider, error))
        raise
    else:
        log.info("accepted %s as %s", row.pk, remote_id)
        write_down(partial(accept, row, remote_id, provider))


def keep_alive() -> None:
    """A long body is no silence. At a stop it is cut, and the row waits for the next worker."""
    heartbeat.beat()
    if heartbeat.is_stopping():
        raise SubmitInterruptedError(detail="not sent: the worker was told to stop meanwhile")


def request_of(row: Generation, provider: Provider) -> VideoRequest:
    """What this row asks for, cut to the model's limits. What it raises, it raises unsent.

    AccountRejectedError; RequestRejectedError if its picture is no more;
    ProviderUnavailableError if the storage does not answer.
    """
    model = provider.model(row.model)
    if model is None:
        raise AccountRejectedError(
            ErrorCode.ACCESS, "model not in the catalogue", whole_service=False
        )
    return VideoRequest(
        model=row.model,
        prompt=truncate(row.prompt, model.prompt_limit),
        negative_prompt=truncate(row.negative_prompt, model.negative_prompt_limit),
        size=row.size,
        seed=row.seed,
        prompt_extend=row.prompt_extend,
        watermark=row.watermark,
        image=picture_of(row),
    )


IS_NO_MORE = (FileNotFoundError, PermissionError)
PICTURE_TYPES = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "bmp": "bmp", "webp": "webp"}


def picture_of(row: Generation) -> SourceImage | None:
    """Where an image-to-video row starts. Raises as `request_of`."""
    if row.source_url:
        return SourceImage(url=row.source_url)
    return stored_picture(row) if row.source_image else None


def stored_picture(row: Generation) -> SourceImage:
    try:
        with row.source_image.open("rb") as file:
            kind = PICTURE_TYPES[str(row.source_image.name).rpartition(".")[2].lower()]
            return SourceImage(content=file.read(), content_type=f"image/{kind}")
    except Exception as error:  # a storage raises what it likes
        if isinstance(error, OSError) and not isinstance(error, IS_NO_MORE):
            # The storage is down, and would fail every row of the line.
            detail = f"the storage is down: {error}"
            raise ProviderUnavailableError(ErrorCode.STORAGE, detail, outage=True) from error
        raise RequestRejectedError(
            ErrorCode.IMAGE, f"the stored picture cannot be read: {error}"
        ) from error


def write_down(outcome: Callable[[], None]) -> None:
    """Write what came of the POST, and do not give up on a busy database: an id is money."""
    for seconds in (*RETRY_WRITES, None):
        try:
            outcome()
            return
        except DatabaseError:
            if seconds is None:
                raise
            log.exception("could not write the outcome of a submit yet")
            connection.close()
            heartbeat.beat()
            heartbeat.sleep(seconds)


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
    """Stop sending until staff resume: the next row would be refused alike."""
    SubmitThrottle.objects.pause(
        row.provider,
        row.model,
        whole_service=error.whole_service,
        code=error.code,
        detail=error.detail,
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
