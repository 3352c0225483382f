"""Polls what runs and enqueues what is due, until nothing is open or its time is over."""

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

from ..models import EventKind, Generation, PollerLease, Status, claim_polls
from ..models.backoff import exponential_backoff
from ..providers import providers
from ..providers.base import ErrorCode, ProviderUnavailableError, RemoteTask
from ..worker import heartbeat
from .call_pool import CallResult, ProviderCallPool
from .dispatcher import Dispatcher
from .poll_result import apply_poll, changes_nothing, give_up_if_lost
from .reconcile import Reconciler
from .submit_outcomes import pause_throttle

log = logging.getLogger(__name__)

MAX_RUNTIME = 600.0  # seconds; a fresh process then takes over
TICK = 0.2  # seconds between two rounds
SHORT_TICK = 0.05  # while a few answers are awaited, of which a page may hear at once
FEW = 20
RENEW_EVERY = 3.0  # seconds; each renewal is a commit, and holds the one writer of SQLite
DISPATCH_EVERY = 1.0  # seconds
NOT_CONFIGURED_PAUSE = timedelta(seconds=60)


def run_poller() -> None:
    """Poll for all workers. Ends at once if another process does.

    Releases the lease first and enqueues a successor then: one that started while the lease was
    still held would find it taken and end.
    """
    lease = PollerLease.objects.acquire()
    if lease is None:
        return
    try:
        Poller(lease).run()
    finally:
        lease.release()
        if not heartbeat.is_stopping():
            Generation.objects.ensure_poller()


class Poller:
    """All state is in the rows, but for calls in flight and tasks that were just enqueued."""

    def __init__(self, lease: PollerLease) -> None:
        self.lease = lease
        self.rows = Generation.objects.all()
        self.results: SimpleQueue[CallResult] = SimpleQueue()
        self.pools: dict[str, ProviderCallPool] = {}
        self.running: dict[str, int] = {}
        self.reconciler = Reconciler(self.rows)
        self.dispatcher = Dispatcher()
        self.dispatched_at = 0.0
        self.renewed_at = 0.0
        self.claimed_at = 0.0

    def run(self) -> None:
        until = time.monotonic() + MAX_RUNTIME
        try:
            while time.monotonic() < until and not heartbeat.is_stopping():
                if not self.holds_lease() or not self.run_once():
                    return
                awaited = sum(len(pool.in_flight) for pool in self.pools.values())
                time.sleep(SHORT_TICK if 0 < awaited <= FEW else TICK)
        finally:
            for pool in self.pools.values():
                pool.close()

    def holds_lease(self) -> bool:
        """False if another process polls."""
        if time.monotonic() - self.renewed_at < RENEW_EVERY:
            return True
        self.renewed_at = time.monotonic()
        return self.lease.renew()

    def run_once(self) -> bool:
        """One round. False when nothing is open any more."""
        self.apply_results()
        if time.monotonic() - self.dispatched_at >= DISPATCH_EVERY:
            self.dispatched_at = time.monotonic()
            if not Generation.objects.scheduled().exists():
                return False
            self.dispatch()
        if time.monotonic() - self.claimed_at >= TICK:
            self.claimed_at = time.monotonic()
            self.start_polls()
        return True

    def dispatch(self) -> None:
        """Start every step that is due, but for polls."""
        now = timezone.now()
        self.running = self.rows.running().count_by_provider()
        self.postpone_not_configured(now)
        self.dispatcher.expire_submits(now)
        self.dispatcher.expire_stores(now)
        self.dispatcher.dispatch()
        for alias in self.reconciler.due_providers(now):
            pool = self.pool(alias)
            if pool and pool.provider.can_list_tasks:
                self.reconciler.start(pool, now)
            else:
                self.reconciler.give_up(alias, now)

    def postpone_not_configured(self, now: datetime) -> None:
        """Rows whose provider is not configured wait. Their 24 hours run out all the same."""
        for alias in self.running:
            if providers.get(alias) is None:
                until = now + NOT_CONFIGURED_PAUSE
                for row in claim_polls(self.rows.filter(provider=alias), now, until, limit=200):
                    give_up_if_lost(row)

    def pool(self, alias: str) -> ProviderCallPool | None:
        """The pool of a configured provider, made on first use; else None."""
        provider = providers.get(alias)
        if provider is not None and alias not in self.pools:
            self.pools[alias] = ProviderCallPool(alias, provider, self.results)
        return self.pools.get(alias)

    def start_polls(self) -> None:
        """Poll the rows that are due; the claim itself says when each is polled next.

        Rows with a poll in flight are left out: a new claim would make its result void, and a
        provider that answers more slowly than it is polled would never be heard.
        """
        for alias, count in self.running.items():
            if not (pool := self.pool(alias)) or not (limit := pool.capacity()):
                continue
            now = timezone.now()
            every = timedelta(seconds=max(pool.provider.poll_every, count / pool.rate))
            rows = self.rows.filter(provider=alias)
            rows = rows.exclude(pk__in=[key for key in pool.in_flight if isinstance(key, UUID)])
            for row in claim_polls(rows, now, now + every, limit=limit):
                poll = partial(pool.provider.poll, row.remote_id or "", row.model)
                pool.call("poll", row.pk, row, poll)

    def apply_results(self) -> None:
        """Apply what has arrived, many rows in one transaction."""
        results = [result for result in drained(self.results) if not self.is_no_news(result)]
        if not results:
            return
        with transaction.atomic():
            for result in results:
                self.apply(result)
        polled = [each.subject for each in results if isinstance(each.subject, Generation)]
        if finished := sum(row.status == Status.STORING for row in polled):
            self.dispatcher.wake_for_stores(finished)

    def is_no_news(self, result: CallResult) -> bool:
        """Done with a poll that changes nothing: SQLite's one writer is not held for it."""
        if result.kind != "poll" or not isinstance(result.value, RemoteTask):
            return False
        if not changes_nothing(result.subject, result.value):
            return False
        self.pools[result.alias].done(result.subject.pk, None)
        return True

    def apply(self, result: CallResult) -> None:
        """Apply one result. An unexpected exception is logged and never stops the others."""
        pool = self.pools[result.alias]
        try:
            with transaction.atomic():
                if result.kind != "poll":
                    self.reconciler.apply(pool, result)
                    return
                pool.done(result.subject.pk, result.error)
                self.apply_to_row(pool, result)
        except Exception:
            log.exception("could not apply %s of %s", result.kind, result.alias)
            if result.kind == "poll":
                postpone(result.subject.pk)

    def apply_to_row(self, pool: ProviderCallPool, result: CallResult) -> None:
        row: Generation = result.subject
        if result.error is None:
            apply_poll(row, result.value, pool.provider)
        elif isinstance(result.error, ProviderUnavailableError):
            if result.error.account:  # what we sent next would be refused as well
                pause_throttle(row, result.error.account)
            if not give_up_if_lost(row):
                note_refused_poll(row, result.error)
                if result.error.wrong_task:
                    row.log_event_once(EventKind.ODD_ANSWER, note=result.error.detail)
        else:
            log.error("poll of %s failed", row.pk, exc_info=result.error)
            postpone(row.pk)


def drained(queue: SimpleQueue[CallResult]) -> Iterator[CallResult]:
    try:
        while True:
            yield queue.get_nowait()
    except Empty:
        return


def note_refused_poll(row: Generation, error: ProviderUnavailableError) -> None:
    """The key may not ask about this task: the page and staff's list say so. It is asked again."""
    if error.code == ErrorCode.POLL and row.error_code != ErrorCode.POLL:
        row.transition(
            Status.RUNNING,
            due_at=row.due_at,
            error_code=error.code,
            error_detail=error.detail,
        )


def postpone(pk: UUID) -> None:
    """After an unexpected exception: poll again later, and later each time, for 24 hours."""
    row = Generation.objects.running().filter(pk=pk).first()
    if row and not give_up_if_lost(row):
        due_at = timezone.now() + exponential_backoff(row.attempts, first=5)
        row.transition(Status(row.status), due_at=due_at, attempts=row.attempts + 1)
