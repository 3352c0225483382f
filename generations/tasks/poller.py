"""The clock: poll what runs, ring for what is due, until nothing is open or the shift ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ..models import Generation, PollerLease, SubmitThrottle, claim_polls
from ..models.backoff import exponential_backoff
from ..providers import providers
from ..providers.base import AccountRejectedError, ProviderUnavailableError
from ..worker import heartbeat
from .call_pool import CallResult, ProviderCallPool
from .dispatcher import Dispatcher
from .poll_result import apply_poll, give_up_if_lost
from .reconcile import Reconciler

log = logging.getLogger(__name__)

MAX_RUNTIME = 600.0  # seconds; a fresh process then takes over
TICK = 0.2  # seconds between two turns
DISPATCH_EVERY = 1.0
NOT_CONFIGURED_PAUSE = timedelta(seconds=60)


def run_poller() -> None:
    """Poll for everybody. Ends at once if somebody else does.

    Gives the shift back, then looks whether anything is open, then rings: a successor rung
    for while the shift is still held would find it taken and go away.
    """
    shift = PollerLease.objects.acquire()
    if shift is None:
        return
    try:
        Poller(shift).keep_time()
    finally:
        shift.release()
        if not heartbeat.is_stopping():
            Generation.objects.ensure_poller()


class Poller:
    """One shift. Knows nothing that the rows do not, but the calls and bells in flight."""

    def __init__(self, shift: PollerLease) -> None:
        self.shift = shift
        self.rows = Generation.objects.all()
        self.answers: SimpleQueue[CallResult] = SimpleQueue()
        self.desks: dict[str, ProviderCallPool] = {}
        self.running: dict[str, int] = {}
        self.searches = Reconciler(self.rows)
        self.bells = Dispatcher()
        self.looked_at = 0.0

    def keep_time(self) -> None:
        until = time.monotonic() + MAX_RUNTIME
        try:
            while time.monotonic() < until and not heartbeat.is_stopping():
                if not self.shift.renew() or not self.turn():
                    return
                time.sleep(TICK)
        finally:
            for desk in self.desks.values():
                desk.close()

    def turn(self) -> bool:
        """One round. False when nothing is open any more."""
        self.take_answers()
        if time.monotonic() - self.looked_at >= DISPATCH_EVERY:
            self.looked_at = time.monotonic()
            if not Generation.objects.scheduled().exists():
                return False
            self.look_around()
        elif self.bells.stores:  # a place may be free again, and many may wait for it
            self.bells.dispatch_stores()
        self.send_polls()
        return True

    def look_around(self) -> None:
        now = timezone.now()
        self.running = self.rows.running().count_by_provider()
        self.rest_unknown_services(now)
        self.bells.expire_submits(now)
        self.bells.expire_stores(now)
        self.bells.dispatch()
        for alias in self.searches.due_services(now):
            desk = self.desk(alias)
            if desk and desk.provider.can_list_tasks:
                self.searches.look(desk, now)
            else:
                self.searches.give_up(alias, now)

    def rest_unknown_services(self, now: datetime) -> None:
        """Rows whose service is not configured wait. Their 24 hours run out all the same."""
        for alias in self.running:
            if providers.get(alias) is None:
                until = now + NOT_CONFIGURED_PAUSE
                for row in claim_polls(self.rows.filter(provider=alias), now, until, limit=200):
                    give_up_if_lost(row)

    def desk(self, alias: str) -> ProviderCallPool | None:
        """The desk of a configured service, opened on first use."""
        provider = providers.get(alias)
        if provider is not None and alias not in self.desks:
            self.desks[alias] = ProviderCallPool(alias, provider, self.answers)
        return self.desks.get(alias)

    def send_polls(self) -> None:
        for alias, count in self.running.items():
            if (desk := self.desk(alias)) and (room := desk.room()):
                cadence = max(desk.provider.poll_every, count / desk.rate)
                self.poll(desk, room, timedelta(seconds=cadence))

    def poll(self, desk: ProviderCallPool, room: int, cadence: timedelta) -> None:
        """Look at the rows that are due; the claim itself says when each is looked at next.

        Rows whose answer is still awaited are left alone: a new claim would fence it off, and
        a service that answers more slowly than it is asked would never be heard.
        """
        now = timezone.now()
        rows = self.rows.filter(provider=desk.alias)
        rows = rows.exclude(pk__in=[key for key in desk.busy if isinstance(key, UUID)])
        for row in claim_polls(rows, now, now + cadence, limit=room):
            ask = partial(desk.provider.poll, row.remote_id, row.model)
            desk.call("poll", row.pk, row, ask)

    def take_answers(self) -> None:
        """Apply what came, many rows in one transaction."""
        answers = list(drained(self.answers))
        if not answers:
            return
        with transaction.atomic():
            for answer in answers:
                self.apply(answer)
        self.bells.dispatch_stores()

    def apply(self, answer: CallResult) -> None:
        """One answer. A surprise is logged and never stops the others."""
        desk = self.desks[answer.alias]
        try:
            with transaction.atomic():
                if answer.kind != "poll":
                    self.searches.apply(desk, answer)
                    return
                desk.done(answer.subject.pk, answer.error)
                self.apply_to_row(desk, answer)
        except Exception:
            log.exception("could not apply %s of %s", answer.kind, answer.alias)
            if answer.kind == "poll":
                postpone(answer.subject.pk)

    def apply_to_row(self, desk: ProviderCallPool, answer: CallResult) -> None:
        row: Generation = answer.subject
        if answer.error is None:
            apply_poll(row, answer.result, desk.provider)
        elif isinstance(answer.error, ProviderUnavailableError):
            pause_service(row, answer.error.account)
            give_up_if_lost(row)
        else:
            log.error("poll of %s failed", row.pk, exc_info=answer.error)
            postpone(row.pk)


def drained(queue: SimpleQueue[CallResult]) -> Iterator[CallResult]:
    try:
        while True:
            yield queue.get_nowait()
    except Empty:
        return


def pause_service(row: Generation, refusal: AccountRejectedError | None) -> None:
    """A poll met a refused account: whatever we sent next would be refused as well."""
    if refusal is not None:
        SubmitThrottle.objects.pause(
            row.provider,
            row.model,
            whole_service=refusal.whole_service,
            code=refusal.code,
            detail=refusal.detail,
        )


def postpone(pk: UUID) -> None:
    """Something nobody thought of: look again later, and later each time, for 24 hours."""
    row = Generation.objects.running().filter(pk=pk).first()
    if row and not give_up_if_lost(row):
        due_at = timezone.now() + exponential_backoff(row.attempts, first=5)
        row.transition(row.status, due_at=due_at, attempts=row.attempts + 1)
