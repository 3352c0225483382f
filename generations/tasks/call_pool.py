"""One service's desk: its thread slots, its rate, its quiet times. No round waits for a call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from queue import SimpleQueue
from typing import Any

from ..providers.base import Provider, ProviderUnavailableError

MAX_SLOTS = 64
CALLS_PER_SLOT = 4  # under way or waiting, so that no slot idles between two turns of the watch
BREAKER_FAILURES = 5
BREAKER_PAUSE = 30.0  # seconds


@dataclass(frozen=True)
class CallResult:
    """What came of a call: `result`, or the exception it ended with."""

    alias: str
    kind: str
    subject: Any
    result: Any = None
    error: Exception | None = None


class ProviderCallPool:
    """Calls to one service in threads of its own, so that a hanging one delays nobody else.

    Threads are daemons: a call that hangs must not keep the process from ending.
    """

    def __init__(
        self,
        alias: str,
        provider: Provider,
        answers: SimpleQueue[CallResult],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.alias = alias
        self.provider = provider
        self.answers = answers
        self.clock = clock
        self.rate = provider.query_rate
        self.slots = min(MAX_SLOTS, max(4, ceil(self.rate / 4)))
        self.calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.busy: set[Hashable] = set()
        self.threads: list[threading.Thread] = []
        self.tokens = 1.0
        self.filled_at = clock()
        self.quiet_until = 0.0
        self.failures = 0

    def room(self) -> int:
        """How many calls may be made now: within the rate, the slots and the quiet times."""
        now = self.clock()
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if now < self.quiet_until:
            return 0
        allowed = 1 if self.failures >= BREAKER_FAILURES else CALLS_PER_SLOT * self.slots
        return max(0, min(int(self.tokens), allowed - len(self.busy)))

    def call(self, kind: str, key: Hashable, subject: Any, function: Callable[[], Any]) -> None:
        """Run `function` in a slot; its outcome arrives in `answers` as an `CallResult`."""
        self.tokens -= 1
        self.busy.add(key)
        self.calls.put(lambda: self._run(kind, subject, function))
        if len(self.threads) < min(self.slots, len(self.busy)):
            thread = threading.Thread(target=self._work, daemon=True, name=f"desk-{self.alias}")
            self.threads.append(thread)
            thread.start()

    def _run(self, kind: str, subject: Any, function: Callable[[], Any]) -> None:
        try:
            answer = CallResult(self.alias, kind, subject, result=function())
        except Exception as error:
            answer = CallResult(self.alias, kind, subject, error=error)
        self.answers.put(answer)

    def _work(self) -> None:
        while call := self.calls.get():
            call()

    def done(self, key: Hashable, error: Exception | None) -> None:
        """A call is over: free its place, and open or close the breaker."""
        self.busy.discard(key)
        if not isinstance(error, ProviderUnavailableError):
            self.failures = 0
        elif error.retry_after:
            self.quiet(error.retry_after)
        elif error.outage:
            self.failures += 1
            if self.failures >= BREAKER_FAILURES:
                self.quiet(BREAKER_PAUSE)

    def quiet(self, seconds: float) -> None:
        self.quiet_until = self.clock() + min(seconds, 600.0)

    def close(self) -> None:
        """Let idle threads end. Calls under way are left to their own deadlines."""
        for _ in self.threads:
            self.calls.put(None)
