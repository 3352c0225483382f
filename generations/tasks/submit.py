"""Sends queued rows. This step costs money, and happens at most once for each row."""

import logging
import time
from collections.abc import Callable
from functools import partial

from django.db import Error as DatabaseError
from django.db import connection

from ..models import Generation, claim_submit
from ..providers import providers
from ..providers.base import Provider
from ..providers.errors import (
    AccountRejectedError,
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

MAX_RUNTIME = 50.0  # seconds in which a task submits, before it leaves the worker to others
SUBMIT_DEADLINE = 30.0  # seconds from the claim to the start of the POST, at most
# Seconds between attempts to write an outcome. Together they are longer than replacing a database
# takes. Each is shorter than the silence after which a cluster is considered dead.
RETRY_WRITES = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30)


def submit_queued(alias: str, model: str) -> None:
    """Send queued rows of this model in fair order, while the provider has free slots.

    Can be called repeatedly: `claim_submit` gives each row to one caller, once.
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
    """Make the one POST of a SUBMITTING row and write its outcome.

    It does not query the database before the POST: if that failed, a row would be unconfirmed that
    was certainly not sent.
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
    """A long body is a sign of life. When the worker stops, it is cut off and the row waits."""
    heartbeat.beat()
    if heartbeat.is_stopping():
        raise SubmitInterruptedError(detail="not sent: the worker was told to stop meanwhile")


def write_down(outcome: Callable[[], None]) -> None:
    """Write the outcome of the POST. Retries while the database is busy: an ID is worth money."""
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
