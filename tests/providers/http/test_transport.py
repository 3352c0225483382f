"""Connections: deadlines, addresses, and what proves that nothing was sent."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError

from generations.providers.http import transport
from generations.providers.http.deadline import (
    Address,
    Deadline,
    DeadlineExceededError,
    Stage,
    Watchdog,
    resolve,
)
from generations.providers.http.transport import (
    innermost,
    proxies,
    proxy_for,
    proxy_problem,
    session,
)
from tests.providers.contract import FIXTURES, stranger
from tests.providers.server import Server, answer, drip, hang, raw, truncate

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def late() -> Any:
    return pytest.raises((requests.RequestException, ProtocolError, DeadlineExceededError))


def get(url: str, client: requests.Session, **options: object) -> bytes:
    call = requests.Request("GET", url).prepare()
    with client.send(call, stream=True, allow_redirects=False, **options) as response:
        return bytes(response.raw.read())


# Deadlines


@pytest.mark.parametrize(
    "step",
    [hang, drip(OK + b"X-A: "), drip(OK + b"Content-Length: 900\r\n\r\n"), drip(OK[:5])],
    ids=["silence", "headers drip", "body drips", "status line drips"],
)
def test_a_call_ends_at_its_deadline_whatever_it_waits_for(server: Server, step: object) -> None:
    server.then(step)
    with late(), Deadline(0.3):
        get(server.url, session())


def test_a_cut_off_body_without_a_length_does_not_pass_for_a_whole_one(server: Server) -> None:
    server.then(drip(OK + b"\r\n"))
    with pytest.raises(DeadlineExceededError), Deadline(0.3):
        get(server.url, session())


def test_a_kept_alive_connection_is_guarded_too(server: Server) -> None:
    server.then(answer(200, b"1", keep=True), drip(OK + b"X-A: "))
    client = session()
    with Deadline(5):
        get(server.url, client)
    with late(), Deadline(0.3):
        get(server.url, client)
    assert server.connections == 1


def test_tls_is_guarded_during_the_handshake_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(greet=hang) as mute, late(), Deadline(0.3):
        get(mute.url.replace("http:", "https:"), session())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    with Server(context=stranger()).then(drip(OK + b"X-A: ")) as server:
        url = f"https://video.example:{server.port}"
        with late(), Deadline(0.3, resolve=loopback):
            get(url, session())
        assert server.seen


def test_the_name_is_verified_though_the_address_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    with (
        Server(context=stranger()).then(answer(200, b"ok")) as server,
        Deadline(5, resolve=loopback),
    ):
        assert get(f"https://video.example:{server.port}", session()) == b"ok"
        with pytest.raises(requests.exceptions.SSLError) as caught:
            get(f"https://other.example:{server.port}", session())
    assert isinstance(innermost(caught.value), ssl.SSLCertVerificationError)
    assert len(server.seen) == 1


def test_a_connection_that_stands_too_late_sends_nothing(server: Server) -> None:
    def slow(host: str, port: int) -> list[Address]:
        time.sleep(0.15)
        return loopback(host, port)

    with pytest.raises(requests.ConnectionError), Deadline(0.1, resolve=slow) as call:
        get(server.url, session())
    assert call.stage == Stage.CONNECTING
    assert not server.seen


@pytest.mark.parametrize("host", ["a..example", f"{'a' * 64}.example"])
def test_what_is_no_host_name_was_never_sent(host: str) -> None:
    def resolve(name: str, port: int) -> list[Address]:
        name.encode("idna")  # as socket.getaddrinfo begins
        return loopback(name, port)

    with pytest.raises(requests.ConnectionError), Deadline(5, resolve=resolve) as call:
        get(f"http://{host}/", session())
    assert call.stage == Stage.CONNECTING


def test_every_address_of_a_host_gets_its_turn(server: Server) -> None:
    def two(host: str, port: int) -> list[Address]:
        return [(socket.AF_INET6, ("::1", port, 0, 0)), *loopback(host, port)]

    server.then(answer(200, b"ok"))
    with Deadline(5, resolve=two):
        assert get(server.url, session()) == b"ok"


def test_there_is_no_request_without_a_deadline(server: Server) -> None:
    with pytest.raises(RuntimeError):
        get(server.url, session())
    assert not server.seen


def test_sockets_are_closed_when_a_call_is_over(server: Server) -> None:
    server.then(answer(200, b"ok"))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    if before is None:
        pytest.skip("this system does not list open files")
    for _ in range(20):
        with Deadline(5), session() as client:
            get(server.url, client)
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before + 5)


def test_calls_within_calls_each_keep_their_own_time(server: Server) -> None:
    server.then(answer(200, b"ok"))
    with Deadline(5):
        with pytest.raises(DeadlineExceededError), Deadline(0.01):
            time.sleep(0.02)
        assert get(server.url, session()) == b"ok"


def test_the_watchdog_calls_in_order_of_time_not_of_asking() -> None:
    done, watchdog, over = [], Watchdog(), threading.Event()
    now = time.monotonic()
    watchdog.at(now + 0.1, over.set)
    watchdog.at(now + 0.04, lambda: done.append("second"))
    watchdog.at(now + 0.02, lambda: done.append("first"))
    assert over.wait(5)
    assert done == ["first", "second"]


def test_deadlines_work_in_a_forked_child(server: Server) -> None:
    server.then(drip(OK + b"X-A: "))
    with Deadline(0.01):
        pass  # the parent's watchdog runs
    child = os.fork()
    if child == 0:
        try:
            with Deadline(0.3):
                get(server.url, session())
        except (requests.RequestException, DeadlineExceededError):
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


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
    with Deadline(5):
        assert get(server.url, client) == get(server.url, client) == b"ok"
    assert server.connections == 1


def test_interim_answers_without_end_are_none(server: Server) -> None:
    server.then(raw(HINTS * 1000 + FINAL))
    with Deadline(5), pytest.raises(requests.ConnectionError, match="without end"):
        get(server.url, session())


# What the session leaves alone


def test_redirects_are_not_followed_and_cookies_not_kept(server: Server) -> None:
    server.then(answer(302, b"", {"Location": "http://127.0.0.1:1/", "Set-Cookie": "a=b"}))
    client = session()
    with Deadline(5):
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
    with Deadline(5):
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
    with pytest.raises(requests.exceptions.ProxyError), Deadline(5) as call:
        get("https://a.example/", session(), proxies=proxies("http://127.0.0.1:1"))
    assert call.stage == Stage.CONNECTING


def test_a_call_through_a_proxy_reaches_it(server: Server) -> None:
    server.then(answer(200, b"through"))
    with Deadline(5):
        assert get("http://a.example/x", session(), proxies=proxies(server.url)) == b"through"
    assert server.seen[0].path == "http://a.example/x"


def test_signed_urls_stay_out_of_urllib3s_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.then(raw(OK + b"no header at all\r\nContent-Length: 0\r\n\r\n"))
    with Deadline(5):
        get(f"{server.url}/clip.mp4?Signature=secret", session())
    assert "secret" not in caplog.text


# How far a request has come


def stage_of(url: str, body: bytes = b"{}", **options: Any) -> Stage:
    """How far a POST came that fails, with a second for sending and one for the answer."""
    call = Deadline(1, answer_seconds=1, resolve=options.pop("resolve", resolve))
    request = requests.Request("POST", url, data=body).prepare()
    with pytest.raises((OSError, HTTPError, ValueError)), call, session() as client:
        client.send(request, stream=True, allow_redirects=False, timeout=9, **options)
        raise OSError("it was answered")
    return call.stage


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def never_reads(sock: socket.socket) -> None:
    time.sleep(3)


PLAIN = raw(b"HTTP/1.1 400 no TLS here\r\n\r\n")


def test_every_failure_before_the_last_byte_is_known_by_its_stage(server: Server) -> None:
    tls = server.url.replace("http:", "https:")
    assert stage_of("http://a.example/", proxies=proxies("socks5://127.0.0.1:1")) == Stage.SETUP
    assert stage_of(closed_port()) == Stage.CONNECTING
    server.greet = PLAIN
    assert stage_of(tls) == Stage.CONNECTED
    server.greet = hang
    assert stage_of(tls) == Stage.CONNECTED
    through = {"proxies": proxies(server.url)}
    assert stage_of("https://a.example/", **through) == Stage.TUNNEL
    server.greet = raw(b"HTTP/1.1 503 busy\r\n\r\n")
    assert stage_of("https://a.example/", **through) == Stage.TUNNEL
    server.greet = PLAIN
    assert stage_of("https://a.example/", proxies=proxies(tls)) == Stage.PROXY_HANDSHAKE
    assert not server.seen


def test_a_body_that_is_not_taken_whole_is_not_sent(server: Server) -> None:
    server.greet = never_reads
    assert stage_of(server.url, bytes(20_000_000)) == Stage.SENDING


def test_the_last_byte_makes_the_difference_and_the_answer_has_time_of_its_own(
    server: Server,
) -> None:
    server.then(hang)
    began = time.monotonic()
    assert stage_of(server.url) == Stage.SENT
    assert time.monotonic() - began >= 1
    server.then(truncate)
    assert stage_of(server.url, bytes(1_000_000)) == Stage.SENT


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
    with Deadline(20, answer_seconds=5, on_progress=lambda: told.append(call.stage)) as call:
        request = requests.Request("POST", server.url, data=body).prepare()
        assert session().send(request, timeout=9).content == b"ok"
    assert server.seen[0].body == body
    assert len(told) > 400
    assert Stage.SENT not in told


def test_over_tls_every_byte_arrives_once_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    body = os.urandom(3_000_000)
    with Server(context=stranger()).then(answer(200, b"ok")) as server:
        with Deadline(20, resolve=loopback, answer_seconds=5) as call:
            url = f"https://video.example:{server.port}"
            request = requests.Request("POST", url, data=body).prepare()
            assert session().send(request, timeout=9).content == b"ok"
        assert server.seen[0].body == body
        assert call.stage == Stage.SENT


def test_what_progress_raises_stops_the_sending(server: Server) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        if call.stage == Stage.SENDING:
            raise StoppedError

    server.greet = never_reads
    with pytest.raises(StoppedError), Deadline(9, answer_seconds=9, on_progress=stop) as call:
        request = requests.Request("POST", server.url, data=bytes(9_000_000)).prepare()
        session().send(request, timeout=9)
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


def loopback(host: str, port: int) -> list[Address]:
    return [(socket.AF_INET, ("127.0.0.1", port))]


def wait_until(condition: object) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")
