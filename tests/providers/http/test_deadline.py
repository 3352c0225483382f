"""A call ends at its deadline, and knows how far it has come."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any

import pytest
import requests
from urllib3.exceptions import HTTPError, ProtocolError

from generations.providers.http.deadline import (
    Address,
    Deadline,
    DeadlineExceededError,
    Stage,
    Watchdog,
    resolve,
)
from generations.providers.http.transport import (
    proxies,
    session,
)
from tests.providers.contract.base import FIXTURES, stranger
from tests.providers.http.calls import OK, get, loopback, never_reads
from tests.providers.server import Server, answer, drip, hang, raw, truncate
from tests.waiting import until


def late() -> Any:
    return pytest.raises((requests.RequestException, ProtocolError, DeadlineExceededError))


@pytest.mark.parametrize(
    "step",
    [hang, drip(OK + b"X-A: "), drip(OK + b"Content-Length: 900\r\n\r\n"), drip(OK[:5])],
    ids=["silence", "headers drip", "body drips", "status line drips"],
)
def test_a_call_ends_at_its_deadline_whatever_it_waits_for(server: Server, step: object) -> None:
    server.then(step)
    with late(), Deadline(0.3):
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
        with late(), Deadline(3, resolve=loopback):  # the handshake needs some of it
            get(url, session())
        assert server.seen


def test_a_connection_that_stands_too_late_sends_nothing(server: Server) -> None:
    def slow(host: str, port: int) -> list[Address]:
        time.sleep(0.15)
        return loopback(host, port)

    with pytest.raises(requests.ConnectionError), Deadline(0.1, resolve=slow) as call:
        get(server.url, session())
    assert call.stage == Stage.CONNECTING
    assert not server.seen


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
    until(lambda: len(os.listdir("/proc/self/fd")) <= before + 5)


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


def stage_of(url: str, body: bytes = b"{}", **options: Any) -> Stage:
    """How far a POST came that fails, with 3 s for sending and one for the answer."""
    call = Deadline(3, answer_seconds=1, resolve=options.pop("resolve", resolve))
    request = requests.Request("POST", url, data=body).prepare()
    with pytest.raises((OSError, HTTPError, ValueError)), call, session() as client:
        client.send(request, stream=True, allow_redirects=False, timeout=9, **options)
        raise OSError("it was answered")
    return call.stage


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


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
