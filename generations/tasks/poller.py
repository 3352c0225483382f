"""Polls running rows and enqueues due steps, until nothing is open or its time is over."""

import logging
import time
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ..models import EventKind, Generation, PollerLease, Status, claim_polls
from ..models.backoff import POLL_RETRY, exponential_backoff
from ..providers import providers
from ..providers.base import RemoteTask
from ..providers.errors import ErrorCode, ProviderUnavailableError
from ..worker import heartbeat
from .call_pool import CallResult, ProviderCallPool
from .dispatcher import Dispatcher
from .poll_result import apply_poll, give_up_if_lost, is_unchanged
from .reconcile import Reconciler
from .submit_outcomes import pause_throttle

log = logging.getLogger(__name__)

MAX_RUNTIME = 600.0  # seconds; then a new process takes over
TICK = 0.2  # seconds between two rounds
SHORT_TICK = 0.05  # while few responses are expected: pages show them at once
FEW = 20
RENEW_EVERY = 3.0  # seconds; each renewal is a commit and takes SQLite's write lock
DISPATCH_EVERY = 1.0  # seconds
NOT_CONFIGURED_PAUSE = timedelta(seconds=60)


def run_poller() -> None:
    """Poll for all workers. Ends at once if another process polls.

    Releases the lease before it enqueues a successor: a successor that starts while the lease is
    held would end.
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
    """Its state is in the rows, except running calls and tasks that were just enqueued."""

    def __init__(self, lease: PollerLease) -> None:
        self.lease = lease
        self.results: SimpleQueue[CallResult] = SimpleQueue()
        self.pools: dict[str, ProviderCallPool] = {}
        self.running: dict[str, int] = {}
        self.reconciler = Reconciler()
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
        """One round. False if nothing is open any more."""
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
        """Start all due steps except polls."""
        now = timezone.now()
        self.running = Generation.objects.running().count_by_provider()
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
        """Postpone rows whose provider is not configured. Their 24 hours still run out."""
        for alias in self.running:
            if providers.get(alias) is None:
                rows, until = Generation.objects.filter(provider=alias), now + NOT_CONFIGURED_PAUSE
                for row in claim_polls(rows, now, until, limit=200):
                    give_up_if_lost(row)

    def pool(self, alias: str) -> ProviderCallPool | None:
        """The pool of a configured provider, created on first use; else None."""
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
            rows = Generation.objects.filter(provider=alias).exclude(
                pk__in=[key for key in pool.in_flight if isinstance(key, UUID)]
            )
            for row in claim_polls(rows, now, now + every, limit=limit):
                poll = partial(pool.provider.poll, row.remote_id or "", row.model)
                pool.call("poll", row.pk, row, poll)

    def apply_results(self) -> None:
        """Apply the results that have arrived, many rows in one transaction."""
        # Only this thread takes results, so all that are ready can be taken without waiting.
        arrived = [self.results.get_nowait() for _ in range(self.results.qsize())]
        results = [result for result in arrived if not self.is_unchanged_result(result)]
        if not results:
            return
        with transaction.atomic():
            for result in results:
                self.apply(result)
        polled = [each.subject for each in results if isinstance(each.subject, Generation)]
        if finished := sum(row.status == Status.STORING for row in polled):
            self.dispatcher.start_stores(finished)

    def is_unchanged_result(self, result: CallResult) -> bool:
        """Finish a poll that changes nothing, without taking SQLite's write lock."""
        if result.kind != "poll" or not isinstance(result.value, RemoteTask):
            return False
        if not is_unchanged(result.subject, result.value):
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
            if result.error.account:  # the next request would be refused, too
                pause_throttle(row, result.error.account)
            if not give_up_if_lost(row):
                note_refused_poll(row, result.error)
                if result.error.wrong_task:
                    row.log_event_once(EventKind.ODD_ANSWER, note=result.error.detail)
        else:
            log.error("poll of %s failed", row.pk, exc_info=result.error)
            postpone(row.pk)


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
        due_at = timezone.now() + exponential_backoff(row.attempts, POLL_RETRY)
        row.transition(Status(row.status), due_at=due_at, attempts=row.attempts + 1)
