"""Clients that say nothing, half, or too much, at a real server: the others are answered."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.installation import Installation

THREADS = 4
BEGUN = b"POST / HTTP/1.1\r\nHost: localhost\r\nCookie: wanstudio_csrf=" + b"x" * 32 + b"\r\n"
UPLOAD = b"Content-Type: multipart/form-data; boundary=b\r\n"
LAST = b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HALF = {
    "line": b"GET / HT",
    "head": BEGUN,
    "form": BEGUN
    + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nid",
    "file": BEGUN + UPLOAD + b"Content-Length: 100\r\n\r\n--b\r\n",
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("web"), WEB_THREADS=str(THREADS))
    made.migrate()
    made.person("ada")
    return made


@pytest.fixture(scope="module")
def studio(installation: Installation) -> Iterator[tuple[str, int]]:
    """Host and port of a web process with few threads and little patience."""
    config = installation.folder / "config.py"
    config.write_text(
        "from wanstudio import gunicorn\n"
        "from wanstudio.gunicorn import *\n"
        "silence = gunicorn.silence = 1\n"
    )
    with installation.web(config=str(config)) as address:
        yield "127.0.0.1", int(address.rpartition(":")[2])


@contextlib.contextmanager
def connections(studio: tuple[str, int], number: int, said: bytes) -> Iterator[list[socket.socket]]:
    """So many clients that said this and then nothing more."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(studio)) for _ in range(number)]
        for client in clients:
            client.settimeout(60)
            client.sendall(said)
        yield clients


def answers(studio: tuple[str, int]) -> bool:
    host, port = studio
    page = requests.get(f"http://{host}:{port}/accounts/login/", timeout=40)
    return page.status_code == 200


@pytest.mark.parametrize("said", HALF.values(), ids=HALF)
def test_half_requests_hold_no_thread_for_long(
    studio: tuple[str, int], installation: Installation, said: bytes
) -> None:
    with connections(studio, THREADS, said):
        assert answers(studio)
    assert "Traceback" not in installation.log.read_text()


def test_who_only_connects_holds_no_thread(studio: tuple[str, int]) -> None:
    # gunicorn would wait 5 s for each: longer than the question does.
    with connections(studio, 10 * THREADS, b""):
        assert answers(studio)


@pytest.mark.parametrize("said", [LAST, b"nonsense\r\n\r\n"], ids=["answered", "refused"])
def test_who_does_not_close_keeps_nobody_waiting(studio: tuple[str, int], said: bytes) -> None:
    # Each would hold the loop for 2 s: longer, all together, than the question waits.
    with connections(studio, 6 * THREADS, said):
        assert answers(studio)


def test_an_answer_arrives_whole_although_the_client_still_sends(studio: tuple[str, int]) -> None:
    with connections(studio, 1, LAST + b"x" * 40_000) as [client]:
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
        assert answer.endswith(b"</html>\n")


def test_a_body_that_is_too_large_is_refused_before_it_comes(studio: tuple[str, int]) -> None:
    length = b"Content-Length: 200000000000\r\n\r\n"
    with connections(studio, 1, BEGUN + UPLOAD + length) as [client]:
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_empty(studio: tuple[str, int]) -> None:
    chunk = b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
    with connections(studio, 1, BEGUN + UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n") as [client]:
        client.settimeout(3)  # the system holds what nobody reads for a minute
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.sendall(chunk)
            raise AssertionError("a hundred megabytes were read")
        client.settimeout(60)
        with contextlib.suppress(ConnectionError):
            assert client.recv(1000).startswith(b"HTTP/1.1 302 ")  # no token came, so: sign in
