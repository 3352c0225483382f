"""Sockets on our terms: one deadline for a whole call, and addresses chosen by the caller.

`requests` times each read, so a server that drips a byte a second is never late for it
(measured with 2.34: 12 s under `timeout=(1, 2)`). Here every call runs inside a `Call`, and
when its time is over its sockets are shut down, whatever they wait for.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

CONNECT_SECONDS = 5.0

# A socket family and what `connect` takes for it.
Address = tuple[int, Any]
Resolver = Callable[[str, int], list[Address]]

# urllib3 writes whole URLs, signatures included: at DEBUG always, at WARNING on broken headers.
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class DeadlinePassed(OSError):
    """The time for the whole call is over."""


class Watchdog:
    """Calls functions at their time, all from one thread that starts with the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def at(self, when: float, function: Callable[[], None]) -> None:
        """Call `function` when `time.monotonic()` reaches `when`."""
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


# Threads do not survive a fork; the child needs a watchdog that lives.
os.register_at_fork(after_in_child=_fresh_watchdog)


def resolve(host: str, port: int) -> list[Address]:
    """Every address of `host`, in the system's order. Raises `socket.gaierror`."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))


class Call:
    """All network use of this thread within the block ends after `seconds`.

    `resolve` chooses the addresses a connection may go to; it is asked once per connection,
    and the answer is what gets connected, so a name cannot change its mind in between.
    """

    def __init__(
        self,
        seconds: float,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        resolve: Resolver = resolve,
    ) -> None:
        self.ends_at = time.monotonic() + seconds
        self.connect_seconds = connect_seconds
        self.resolve = resolve
        self._over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Call:
        self._outer: Call | None = getattr(_here, "call", None)
        _here.call = self
        _watchdog.at(self.ends_at, self._end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _here.call = self._outer
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    @property
    def remaining(self) -> float:
        """Seconds left, never quite 0: to a socket that would mean "do not wait"."""
        return max(0.001, self.ends_at - time.monotonic())

    def check(self) -> None:
        """Raise `DeadlinePassed` when the time is over.

        To be asked after the last byte too: a body without a length ends, for all `http.client`
        knows, where we cut it off.
        """
        if self._over or time.monotonic() >= self.ends_at:
            raise DeadlinePassed("the call took too long")

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
            self._over = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other end was faster
        sock.shutdown(socket.SHUT_RDWR)


class _Timed:
    """What both connection classes do differently: obey the `Call` around them."""

    timeout: Any
    sock: Any
    host: str
    port: int
    _dns_host: str
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        call = _current_call()
        sock = self._connected(call)
        if time.monotonic() >= call.ends_at:
            sock.close()
            raise self._too_late()
        call.guard(sock)
        # A large picture may take longer to send than a connection may take to stand.
        sock.settimeout(call.remaining)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        call = _current_call()
        if self.sock is not None:
            call.guard(self.sock)
        self.timeout = call.remaining
        super().request(*args, **kwargs)  # type: ignore[misc]

    def _connected(self, call: Call) -> socket.socket:
        addresses = self._addresses(call)
        ends_at = min(call.ends_at, time.monotonic() + call.connect_seconds)
        failure: OSError = OSError("no address")
        for tried, address in enumerate(addresses):
            share = (ends_at - time.monotonic()) / (len(addresses) - tried)
            try:
                return _connect(address, max(0.001, share), self.socket_options)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise self._too_late()
        raise NewConnectionError(self, f"cannot connect: {failure}")  # type: ignore[arg-type]

    def _addresses(self, call: Call) -> list[Address]:
        try:
            return call.resolve(self._dns_host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        except UnicodeError as error:  # an empty or overlong label never reaches the resolver
            raise NewConnectionError(self, "not a host name") from error  # type: ignore[arg-type]

    def _too_late(self) -> ConnectTimeoutError:
        return ConnectTimeoutError(self, f"no connection to {self.host} in time")


def _connect(address: Address, seconds: float, options: Any) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options or ():
            sock.setsockopt(*option)
        sock.settimeout(seconds)
        sock.connect(where)
    except BaseException:
        sock.close()
        raise
    return sock


def _current_call() -> Call:
    call: Call | None = getattr(_here, "call", None)
    if call is None:
        raise RuntimeError("a request outside of `Call` would have no deadline")
    return call


class _TimedHTTP(_Timed, HTTPConnection):
    pass


class _TimedHTTPS(_Timed, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _TimedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPS


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def session(connections: int = 1) -> requests.Session:
    """A session that takes nothing from the environment, keeps no cookies, repeats nothing.

    Only to be used inside a `Call`. `connections` are kept alive for each host.
    """
    made = requests.Session()
    made.trust_env = False
    made.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.headers.clear()
    made.headers.update({"User-Agent": "wan-studio", "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        made.mount(scheme, _TimedAdapter(pool_maxsize=connections))
    return made


def proxy_for(url: str, configured: str = "") -> str:
    """The proxy on the way to `url`: the configured one, else `HTTPS_PROXY` for https."""
    if configured or not url.startswith("https:"):
        return configured
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
    return "" if should_bypass_proxies(url, no_proxy=None) else proxy


def proxies(proxy: str) -> dict[str, str]:
    """`proxy` as `requests` wants to hear it."""
    return {"http": proxy, "https": proxy} if proxy else {}


def never_sent(error: BaseException) -> bool:
    """Does `error` prove that not a byte of the request left?

    Only the innermost reason can: `requests` raises the same class for a refused connection
    and for one that was cut after sending, and the same `SSLError` before and after.
    """
    reason = innermost(error)
    return isinstance(
        reason, (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    )


def innermost(error: BaseException) -> BaseException:
    """What `requests` and urllib3 wrapped, once or several times, to make `error`."""
    inner = _inner(error)
    return innermost(inner) if inner else error


def _inner(error: BaseException) -> BaseException | None:
    wrapped = (
        getattr(error, "reason", None),  # MaxRetryError
        getattr(error, "original_error", None),  # ProxyError
        *error.args[:1],  # requests' own classes, urllib3's SSLError
    )
    return next((each for each in wrapped if isinstance(each, BaseException)), None)
