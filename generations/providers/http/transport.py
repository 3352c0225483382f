"""Connections on our terms: inside a deadline, to addresses chosen by the caller, never repeated.

And the proof, from what went wrong, that nothing was sent.
"""

from __future__ import annotations

import http.client
import logging
import os
import socket
import ssl
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from generations.providers.http.deadline import Address, Deadline, current_deadline

# urllib3 writes whole URLs, signatures included: at DEBUG always, at WARNING on broken headers.
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).setLevel(logging.ERROR)

MAX_INTERIM_ANSWERS = 20


class _Timed:
    """What both connection classes do differently: obey the `Deadline` around them."""

    timeout: Any
    sock: Any
    host: str
    port: int
    _dns_host: str
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        call = current_deadline()
        sock = self._connected(call)
        if time.monotonic() >= call.ends_at:
            sock.close()
            raise self._too_late()
        call.guard(sock)
        # A large picture may take longer to send than a connection may take to stand.
        sock.settimeout(call.remaining)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        call = current_deadline()
        if self.sock is not None:
            call.guard(self.sock)
        self.timeout = call.remaining
        super().request(*args, **kwargs)  # type: ignore[misc]

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


class _TimedHTTP(_Timed, HTTPConnection):
    response_class = _FinalResponse


class _TimedHTTPS(_Timed, HTTPSConnection):
    response_class = _FinalResponse


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
