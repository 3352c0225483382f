"""Send what waits. The one step that costs money, taken at most once in the life of a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from django.db import Error as DatabaseError
from django.db import connection

from ..models import Generation, claim_submit
from ..providers import providers
from ..providers.base import (
    AccountRejectedError,
    Provider,
    ProviderUnavailableError,
    RequestRejectedError,
    SubmitInterruptedError,
)
from ..worker import heartbeat
from .disk import may_send
from .submit_outcomes import (
    accept,
    end,
    mark_unconfirmed,
    requeue,
    wait_for_service,
    wait_for_staff,
)
from .video_request import request_of

log = logging.getLogger(__name__)

MAX_RUNTIME = 50.0  # seconds one task submits before it leaves the worker to others
SUBMIT_DEADLINE = 30.0  # seconds from the claim until the POST must have begun
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
