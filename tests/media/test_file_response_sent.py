"""The bytes of a file, sent through a real gunicorn."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = """
import os
from django.conf import settings
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="app", WANSTUDIO_SENDFILE="",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
)
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from generations.media.file_response import ranged

FILM = os.environ["FILM"]

def film(request):
    return ranged(request, open(FILM, "rb"), size=os.path.getsize(FILM), content_type="video/mp4", etag="tag")

def handles(request):
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
    return HttpResponse(str(links.count(FILM)))

urlpatterns = [path("film", film), path("handles", handles)]
application = get_wsgi_application()
"""  # noqa: E501


FILM_SIZE = 6_000_011


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module", params=["sendfile", "read"])
def gunicorn(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, bytes]]:
    folder = tmp_path_factory.mktemp("gunicorn")
    film = os.urandom(FILM_SIZE)
    (folder / "film.mp4").write_bytes(film)
    (folder / "app.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "app:application", "-b", f"127.0.0.1:{port}"]
    command += [
        "-k",
        "gthread",
        "--threads",
        "4",
        "--chdir",
        str(folder),
        "--graceful-timeout",
        "1",
    ]
    command += ["--no-sendfile"] if request.param == "read" else []
    root = str(Path(__file__).parents[2])
    env = os.environ | {"FILM": str(folder / "film.mp4"), "PYTHONPATH": root}
    server = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, film
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(120)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("gunicorn did not start")


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        (None, 0, FILM_SIZE),
        ("bytes=0-0", 0, 1),
        ("bytes=0-1", 0, 2),
        ("bytes=-1", FILM_SIZE - 1, FILM_SIZE),
        (f"bytes={FILM_SIZE - 1}-", FILM_SIZE - 1, FILM_SIZE),
        ("bytes=4095-8193", 4095, 8194),
        ("bytes=3000000-", 3_000_000, FILM_SIZE),
        ("bytes=0-", 0, FILM_SIZE),
    ],
)
def test_gunicorn_sends_exactly_these_bytes(
    gunicorn: tuple[int, bytes], header: str | None, start: int, stop: int
) -> None:
    port, film = gunicorn
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(2):  # the second on the same connection: nothing is left over from the first
        connection.request("GET", "/film", headers={"Range": header} if header else {})
        answer = connection.getresponse()
        assert answer.status == (206 if header else 200)
        assert answer.headers["Content-Length"] == str(stop - start)
        assert answer.read() == film[start:stop]
    connection.close()


def test_head_and_416_leave_the_connection_usable(gunicorn: tuple[int, bytes]) -> None:
    port, film = gunicorn
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for method, header, status in [
        ("HEAD", "bytes=0-1", 200),
        ("GET", f"bytes={FILM_SIZE}-", 416),
        ("GET", "bytes=5-6", 206),
    ]:
        connection.request(method, "/film", headers={"Range": header})
        answer = connection.getresponse()
        assert answer.status == status
        assert answer.read() == (film[5:7] if status == 206 else b"")
    connection.close()


def test_a_viewer_who_leaves_keeps_no_file_open(gunicorn: tuple[int, bytes]) -> None:
    port, _ = gunicorn
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port), 60) as viewer:
            viewer.sendall(b"GET /film HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n\r\n")
            viewer.recv(1000)
    deadline = time.monotonic() + 120
    while open_handles(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_handles(port) == 0


def open_handles(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/handles")
    count = int(connection.getresponse().read())
    connection.close()
    return count
