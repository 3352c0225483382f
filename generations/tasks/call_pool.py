"""Calls to one provider: bounded threads, a rate limit and a circuit breaker."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from queue import SimpleQueue
from typing import Any

from ..models.backoff import BREAKER_FAILURES, BREAKER_PAUSE, MAX_PAUSE
from ..providers.base import Provider
from ..providers.errors import ProviderUnavailableError

MAX_THREADS = 64
CALLS_PER_THREAD = 4  # running or waiting, so that no thread is idle between two rounds


@dataclass(frozen=True)
class CallResult:
    """The result of a call: the `value` that it returned, or its `error`."""

    alias: str
    kind: str
    subject: Any
    value: Any = None
    error: Exception | None = None


class ProviderCallPool:
    """Calls to one provider in its own threads, so that a slow one delays no others.

    Threads are daemons, because a call that hangs must not keep the process from ending.
    """

    def __init__(
        self,
        alias: str,
        provider: Provider,
        results: SimpleQueue[CallResult],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.alias = alias
        self.provider = provider
        self.results = results
        self.clock = clock
        self.rate = provider.query_rate
        self.max_threads = min(MAX_THREADS, max(4, ceil(self.rate / 4)))
        self.calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.in_flight: set[Hashable] = set()
        self.threads: list[threading.Thread] = []
        self.tokens = 1.0
        self.refilled_at = clock()
        self.paused_until = 0.0
        self.failures = 0

    def capacity(self) -> int:
        """How many calls can be made now: limited by rate, threads and circuit breaker."""
        now = self.clock()
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.refilled_at) * self.rate)
        self.refilled_at = now
        if now < self.paused_until:
            return 0
        limit = 1 if self.failures >= BREAKER_FAILURES else CALLS_PER_THREAD * self.max_threads
        return max(0, min(int(self.tokens), limit - len(self.in_flight)))

    def call(self, kind: str, key: Hashable, subject: Any, function: Callable[[], Any]) -> None:
        """Run `function` in a thread; its result arrives in `results`."""
        self.tokens -= 1
        self.in_flight.add(key)
        self.calls.put(lambda: self._run(kind, subject, function))
        if len(self.threads) < min(self.max_threads, len(self.in_flight)):
            thread = threading.Thread(target=self._work, daemon=True, name=f"calls-{self.alias}")
            self.threads.append(thread)
            thread.start()

    def _run(self, kind: str, subject: Any, function: Callable[[], Any]) -> None:
        try:
            result = CallResult(self.alias, kind, subject, value=function())
        except Exception as error:
            result = CallResult(self.alias, kind, subject, error=error)
        self.results.put(result)

    def _work(self) -> None:
        while call := self.calls.get():
            call()

    def done(self, key: Hashable, error: Exception | None) -> None:
        """Record that a call has ended, and open or close the circuit breaker."""
        self.in_flight.discard(key)
        if not isinstance(error, ProviderUnavailableError):
            self.failures = 0
        elif error.retry_after:
            self._pause(error.retry_after)
        elif error.outage:
            self.failures += 1
            if self.failures >= BREAKER_FAILURES:
                self._pause(BREAKER_PAUSE.total_seconds())

    def _pause(self, seconds: float) -> None:
        self.paused_until = self.clock() + min(seconds, MAX_PAUSE.total_seconds())

    def close(self) -> None:
        """Let idle threads end. Running calls end at their own deadlines."""
        for _ in self.threads:
            self.calls.put(None)
