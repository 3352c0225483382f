"""Connections: deadlines, addresses, and what proves that nothing was sent."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import time
from collections.abc import Callable

import pytest
import requests
from urllib3.exceptions import NewConnectionError

from generations.providers.http import transport
from generations.providers.http.deadline import (
    Address,
    Deadline,
    DeadlineExceededError,
    Stage,
)
from generations.providers.http.transport import (
    innermost,
    proxies,
    proxy_for,
    proxy_problem,
    session,
)
from tests.providers.contract.base import FIXTURES, stranger
from tests.providers.http.calls import OK, get, loopback, never_reads
from tests.providers.server import Server, answer, drip, raw


def test_a_cut_off_body_without_a_length_does_not_pass_for_a_whole_one(
    server: Server, expire_deadlines: Callable[[], None]
) -> None:
    server.then(drip(OK + b"\r\n"))
    request = requests.Request("GET", server.url).prepare()
    with (
        pytest.raises(DeadlineExceededError),
        Deadline(60),
        session().send(request, stream=True) as response,
    ):
        expire_deadlines()
        response.raw.read()


def test_the_name_is_verified_though_the_address_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    with (
        Server(context=stranger()).then(answer(200, b"ok")) as server,
        Deadline(60, resolve=loopback),
    ):
        assert get(f"https://video.example:{server.port}", session()) == b"ok"
        with pytest.raises(requests.exceptions.SSLError) as caught:
            get(f"https://other.example:{server.port}", session())
    assert isinstance(innermost(caught.value), ssl.SSLCertVerificationError)
    assert len(server.seen) == 1


@pytest.mark.parametrize("host", ["a..example", f"{'a' * 64}.example"])
def test_what_is_no_host_name_was_never_sent(host: str) -> None:
    def resolve(name: str, port: int) -> list[Address]:
        name.encode("idna")  # as socket.getaddrinfo begins
        return loopback(name, port)

    with pytest.raises(requests.ConnectionError), Deadline(60, resolve=resolve) as call:
        get(f"http://{host}/", session())
    assert call.stage == Stage.CONNECTING


def test_every_address_of_a_host_gets_its_turn(server: Server) -> None:
    def two(host: str, port: int) -> list[Address]:
        return [(socket.AF_INET6, ("::1", port, 0, 0)), *loopback(host, port)]

    server.then(answer(200, b"ok"))
    with Deadline(60, resolve=two):
        assert get(server.url, session()) == b"ok"


# Interim answers

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


FINAL = OK + b"Content-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "interim",
    [HINTS, HINTS * 3, b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS, b"HTTP/1.1 199 X\r\n\r\n"],
)
def test_an_interim_answer_is_not_the_answer(server: Server, interim: bytes) -> None:
    server.then(raw(interim + FINAL, keep=True))
    client = session()
    with Deadline(60):
        assert get(server.url, client) == get(server.url, client) == b"ok"
    assert server.connections == 1


def test_interim_answers_without_end_are_none(server: Server) -> None:
    server.then(raw(HINTS * 1000 + FINAL))
    with Deadline(60), pytest.raises(requests.ConnectionError, match="without end"):
        get(server.url, session())


# What the session leaves alone


def test_redirects_are_not_followed_and_cookies_not_kept(server: Server) -> None:
    server.then(answer(302, b"", {"Location": "http://127.0.0.1:1/", "Set-Cookie": "a=b"}))
    client = session()
    with Deadline(60):
        get(server.url, client)
        get(server.url, client)
    assert "cookie" not in server.seen[1].headers
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_the_environment_adds_no_proxy_and_no_password(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.then(answer(200, b"ok"))
    with Deadline(60):
        assert get(server.url, session()) == b"ok"
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("url", "configured", "environment", "proxy"),
    [
        ("https://a.example/", "", {}, ""),
        ("https://a.example/", "", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example/", "", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, ""),
        ("http://a.example/", "", {"HTTPS_PROXY": "http://p:1"}, ""),
        ("https://a.example/", "http://q:2", {"HTTPS_PROXY": "http://p:1"}, "http://q:2"),
        ("http://a.example/", "http://q:2", {}, "http://q:2"),
    ],
)
def test_a_proxy_is_used_when_one_is_configured(
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    configured: str,
    environment: dict[str, str],
    proxy: str,
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url, configured) == proxy


def test_a_proxy_that_refuses_proves_that_nothing_was_sent() -> None:
    with pytest.raises(requests.exceptions.ProxyError), Deadline(60) as call:
        get("https://a.example/", session(), proxies=proxies("http://127.0.0.1:1"))
    assert call.stage == Stage.CONNECTING


def test_a_call_through_a_proxy_reaches_it(server: Server) -> None:
    server.then(answer(200, b"through"))
    with Deadline(60):
        assert get("http://a.example/x", session(), proxies=proxies(server.url)) == b"through"
    assert server.seen[0].path == "http://a.example/x"


def test_signed_urls_stay_out_of_urllib3s_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.then(raw(OK + b"no header at all\r\nContent-Length: 0\r\n\r\n"))
    with Deadline(60):
        get(f"{server.url}/clip.mp4?Signature=secret", session())
    assert "secret" not in caplog.text


def test_a_slow_reader_gets_every_byte_once_and_progress_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LOOK_EVERY", 0.05)
    body, told = os.urandom(8_000_000), []

    def slow(sock: socket.socket) -> bool:
        time.sleep(0.5)
        return True

    server.greet = slow
    server.then(answer(200, b"ok"))
    with Deadline(60, answer_seconds=60, on_progress=lambda: told.append(call.stage)) as call:
        request = requests.Request("POST", server.url, data=body).prepare()
        assert session().send(request, timeout=60).content == b"ok"
    assert server.seen[0].body == body
    assert len(told) > 400
    assert Stage.SENT not in told


def test_over_tls_every_byte_arrives_once_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    body = os.urandom(3_000_000)
    with Server(context=stranger()).then(answer(200, b"ok")) as server:
        with Deadline(60, resolve=loopback, answer_seconds=60) as call:
            url = f"https://video.example:{server.port}"
            request = requests.Request("POST", url, data=body).prepare()
            assert session().send(request, timeout=60).content == b"ok"
        assert server.seen[0].body == body
        assert call.stage == Stage.SENT


def test_what_progress_raises_stops_the_sending(server: Server) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        if call.stage == Stage.SENDING:
            raise StoppedError

    server.greet = never_reads
    with pytest.raises(StoppedError), Deadline(60, answer_seconds=60, on_progress=stop) as call:
        request = requests.Request("POST", server.url, data=bytes(9_000_000)).prepare()
        session().send(request, timeout=60)
    assert call.stage == Stage.SENDING


@pytest.mark.parametrize(
    ("proxy", "works"),
    [
        ("", True),
        ("http://p:1", True),
        ("https://p:1", True),
        ("p:1", True),
        ("socks5://p:1", False),
        ("SOCKS5H://u:secret@p:1", False),
        ("ftp://p:1", False),
    ],
)
def test_what_cannot_be_a_proxy_is_known_by_its_address(proxy: str, works: bool) -> None:
    problem = proxy_problem(proxy)
    assert (problem == "") is works
    assert "secret" not in problem


def test_an_error_raised_while_another_is_handled_is_not_mistaken_for_it() -> None:
    with pytest.raises(requests.ConnectionError) as caught:
        try:
            raise NewConnectionError(None, "refused")
        except NewConnectionError:
            raise requests.ConnectionError("the second try was cut") from None
    assert innermost(caught.value) is caught.value
