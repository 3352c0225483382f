"""Connections on our terms: inside a deadline, to addresses chosen by the caller, never repeated.

They write down how far a request has come: what fails before its last byte was handed over was
not accepted, whatever is raised then.
"""

import http.client
import logging
import os
import select
import socket
import ssl
import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from generations.providers.http.deadline import Address, Deadline, Stage, current_deadline

# urllib3 logs whole URLs with their signatures: always at DEBUG, and at WARNING for invalid
# headers.
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).setLevel(logging.ERROR)

MAX_INTERIM_ANSWERS = 20


PIECE = 16 * 1024  # bytes: the maximum of one TLS record
# The send buffer of the kernel. By default it takes four megabytes: on a slow line, the wait for
# the response would begin while they are still being sent.
SEND_BUFFER = 128 * 1024
LOOK_EVERY = 1.0  # seconds between two checks of a connection that accepts no data

PROXY_SCHEMES = ("http", "https")
# The beginning of the message that `http.client` raises when a proxy refuses CONNECT.
PROXY_WANTS_A_PASSWORD = "Tunnel connection failed: 407"  # noqa: S105


class _Timed:
    """What both connection classes do differently: obey the `Deadline` around them, and tell it
    how far the request has come."""

    timeout: Any
    sock: Any
    host: str
    port: int
    _dns_host: str
    socket_options: Any
    connect: Any

    def _new_conn(self) -> socket.socket:
        call = current_deadline()
        call.stage = Stage.CONNECTING
        sock = self._connected(call)
        if time.monotonic() >= call.ends_at:
            sock.close()
            raise self._too_late()
        call.guard(sock)
        if call.answer_seconds is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        # Sending a large picture may take longer than the timeout of the connection.
        sock.settimeout(call.remaining)
        call.stage = Stage.CONNECTED
        return sock

    def _tunnel(self) -> None:
        call = current_deadline()
        call.stage = Stage.TUNNEL
        try:
            super()._tunnel()  # type: ignore[misc]
        except OSError as error:
            if PROXY_WANTS_A_PASSWORD in str(error):
                call.setup_problem = "the proxy wants another user name and password (407)"
            raise
        call.stage = Stage.CONNECTED

    def request(self, *args: Any, **kwargs: Any) -> None:
        call = current_deadline()
        if self.sock is not None:
            call.guard(self.sock)
            call.stage = Stage.CONNECTED
        self.timeout = call.remaining
        super().request(*args, **kwargs)  # type: ignore[misc]
        call.mark_sent()

    def send(self, data: Any) -> None:
        """Hand `data` over piece by piece, so that a stop is heard while much is sent.

        `http.client` calls this for the head and for the body of a request.
        """
        if self.sock is None:
            self.connect()
        call = current_deadline()
        if call.stage == Stage.CONNECTED:
            call.stage = Stage.SENDING
        for piece in _pieces(data):
            while piece:
                self._wait_until_writable(call)
                piece = piece[self.sock.send(piece) :]

    def _wait_until_writable(self, call: Deadline) -> None:
        poller = select.poll()
        poller.register(self.sock.fileno(), select.POLLOUT)
        writable = False
        while not writable:
            if call.on_progress:
                call.on_progress()
            call.check()
            writable = bool(poller.poll(1000 * min(LOOK_EVERY, call.remaining)))

    def _connected(self, call: Deadline) -> socket.socket:
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

    def _addresses(self, call: Deadline) -> list[Address]:
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


class _FinalResponse(http.client.HTTPResponse):
    """An answer, past the interim ones (RFC 9110, 15.2) of which `http.client` knows 100 only."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MAX_INTERIM_ANSWERS):
            line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 <= line[1] < 200 or line[1] == http.client.SWITCHING_PROTOCOLS:
                return line
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("interim answers without end")


def _pieces(data: Any) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[start : start + PIECE] for start in range(0, len(view), PIECE))


class _TimedHTTP(_Timed, HTTPConnection):
    response_class = _FinalResponse


class _TimedHTTPS(_Timed, HTTPSConnection):
    response_class = _FinalResponse

    def _connect_tls_proxy(self, *args: Any) -> Any:
        call = current_deadline()
        call.stage = Stage.PROXY_HANDSHAKE
        try:
            sock = super()._connect_tls_proxy(*args)
        except ssl.SSLError as error:
            if not isinstance(error, _MAY_PASS):
                call.setup_problem = "the proxy speaks no TLS: write http:// in its address"
            raise
        call.stage = Stage.CONNECTED
        return sock


# A certificate may be renewed, and a proxy that closes the connection may be restarting.
_MAY_PASS = (ssl.SSLCertVerificationError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _TimedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPS


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if problem := proxy_problem(proxy):
            raise requests.exceptions.InvalidProxyURL(problem)
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def session(connections: int = 1) -> requests.Session:
    """A session that takes nothing from the environment, keeps no cookies, repeats nothing.

    Only to be used inside a `Deadline`. `connections` are kept alive for each host.
    """
    made = requests.Session()
    made.trust_env = False
    made.verify = os.path.expanduser(os.environ.get("REQUESTS_CA_BUNDLE", "")) or True
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


def proxy_problem(proxy: str) -> str:
    """Why `proxy` cannot be used, in words without its password; "" if it can."""
    scheme = urlsplit(proxy).scheme.lower() if "://" in proxy else "http"
    if scheme.startswith("socks"):
        return "SOCKS proxies are not supported: give the proxy's HTTP port, as http://host:port"
    if scheme not in PROXY_SCHEMES:
        return "the address of a proxy begins with http:// or https://"
    return ""


def checked_key(key: str) -> str:
    """`key` without blanks around it. Raises `ValueError` if it cannot go in a header."""
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("an API key is one word of ASCII characters")
    return key


def described(error: BaseException) -> str:
    """The innermost reason in words; the outer ones name whole URLs."""
    reason = innermost(error)
    return f"{type(reason).__name__}: {reason}"


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
