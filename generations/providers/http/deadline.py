"""One deadline for a whole call.

`requests` times each read, so a server that drips a byte a second is never late for it
(measured with 2.34: 12 s under `timeout=(1, 2)`). Here every call runs inside a `Deadline`, and
when its time is over its sockets are shut down, whatever they wait for.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

CONNECT_SECONDS = 5.0

# A socket family and the address for `connect`.
Address = tuple[int, Any]
Resolver = Callable[[str, int], list[Address]]


class DeadlineExceededError(OSError):
    """The time for the whole call is over."""


class Stage(StrEnum):
    """How far a request has come. Before `SENT` nothing was accepted: its last byte was not out.

    The connection classes write it down as it happens, so that nobody reads it out of exceptions.
    """

    SETUP = "before connecting"
    CONNECTING = "while connecting"
    PROXY_HANDSHAKE = "in the TLS handshake with the proxy"
    TUNNEL = "while the proxy made the tunnel"
    CONNECTED = "in the handshake"
    SENDING = "while sending"
    SENT = "after sending"


class Watchdog:
    """Calls functions at their time, all from one thread that starts with the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def at(self, when: float, function: Callable[[], None]) -> None:
        """Deadline `function` when `time.monotonic()` reaches `when`."""
        with self._changed:
            heapq.heappush(self._due, (when, next(self._count), function))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                pause = self._due[0][0] - time.monotonic() if self._due else None
                self._changed.wait(pause)
            return heapq.heappop(self._due)[2]


_watchdog = Watchdog()
_here = threading.local()


def _fresh_watchdog() -> None:
    global _watchdog
    _watchdog = Watchdog()


# Threads do not survive a fork: the child needs its own watchdog.
os.register_at_fork(after_in_child=_fresh_watchdog)


def resolve(host: str, port: int) -> list[Address]:
    """Every address of `host`, in the system's order. Raises `socket.gaierror`."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))


class Deadline:
    """All network use of this thread within the block ends after `seconds`, or it raises.

    `resolve` chooses the addresses a connection may go to; it is asked once per connection,
    and the answer is what gets connected, so a name cannot change its mind in between.

    With `answer_seconds`, `seconds` are for sending alone, and as many more begin with the last
    byte of the request. `on_progress()` is called before each piece of the request and each
    second that none can be sent; what it raises ends the call. `stage` is how far the request has
    come, `setup_problem` what a person must change before another one can come further.
    """

    def __init__(
        self,
        seconds: float,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        resolve: Resolver = resolve,
        answer_seconds: float | None = None,
        on_progress: Callable[[], object] | None = None,
    ) -> None:
        self.ends_at = time.monotonic() + seconds
        self.connect_seconds = connect_seconds
        self.resolve = resolve
        self.answer_seconds = answer_seconds
        self.on_progress = on_progress
        self.stage = Stage.SETUP
        self.setup_problem = ""
        self._over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Deadline:
        self._outer: Deadline | None = getattr(_here, "call", None)
        _here.call = self
        _watchdog.at(self.ends_at, self._end)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        _here.call = self._outer
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()
        if error is None:
            self.check()

    @property
    def remaining(self) -> float:
        """Seconds left, never quite 0: to a socket that would mean "do not wait"."""
        return max(0.001, self.ends_at - time.monotonic())

    def mark_sent(self) -> None:
        """The last byte of the request was handed over: from here on it may be accepted."""
        self.stage = Stage.SENT
        if self.answer_seconds is not None:
            with self._lock:
                self.ends_at = time.monotonic() + self.answer_seconds
            _watchdog.at(self.ends_at, self._end)

    def check(self) -> None:
        """Raise `DeadlineExceededError` when the time is over.

        The end of the block asks too: for all that `http.client` knows, headers and bodies
        without a length end where we cut them off.
        """
        if self._over or time.monotonic() >= self.ends_at:
            raise DeadlineExceededError("the call took too long")

    def guard(self, sock: Any) -> None:
        """Shut `sock` down when the time is over.

        Works on a duplicate of the descriptor: TLS replaces the socket object in mid-air, and
        `http.client` closes its own while the body is still being read.
        """
        duplicate = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._sockets.append(duplicate)
            if self._over:
                _shut(duplicate)

    def _end(self) -> None:
        with self._lock:
            if time.monotonic() < self.ends_at:  # there is more time since
                return
            self._over = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other end was faster
        sock.shutdown(socket.SHUT_RDWR)


def current_deadline() -> Deadline:
    """The `Deadline` this thread is in. Raises `RuntimeError` outside of one."""
    call: Deadline | None = getattr(_here, "call", None)
    if call is None:
        raise RuntimeError("a request outside of `Deadline` would have no deadline")
    return call
