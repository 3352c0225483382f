"""haproxy in front, as docs/deploy says: it refuses no press that the web would take."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.crash.servers import OwnRedis, until_listening
from tests.installation import ROOT, Installation, Person, free_port
from tests.waiting import PATIENCE

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not here: apt install haproxy")


@contextlib.contextmanager
def haproxy(folder: Path, behind: str) -> Iterator[str]:
    """The address of an haproxy before the studio at `behind`, which checks it all the time."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    text = (ROOT / "docs/deploy/haproxy.cfg").read_text()
    text = text.replace("127.0.0.1:8000", behind.removeprefix("http://"))
    text = text.replace("127.0.0.1:8080", address).replace("inter 2s", "inter 100ms")
    (folder / "haproxy.cfg").write_text(text)
    server = subprocess.Popen([str(HAPROXY), "-db", "-f", str(folder / "haproxy.cfg")])
    try:
        until_listening(port)
        yield f"http://{address}"
    finally:
        server.kill()
        server.wait(timeout=60)


def status_of(address: str, path: str) -> int:
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"{address}{path}", timeout=120).status_code
    return 0


def until(address: str, path: str, status: int) -> None:
    end = time.monotonic() + PATIENCE
    while status_of(address, path) != status:
        assert time.monotonic() < end, f"{path} does not answer {status}"
        time.sleep(0.1)


@pytest.mark.parametrize("fault", ["Redis away", "Redis hanging", "bucket hanging", "worker dead"])
def test_no_press_is_refused_that_the_web_would_take(tmp_path: Path, fault: str) -> None:
    studio = Installation(tmp_path, WANSTUDIO_PROXIES="1")
    studio.migrate()
    studio.person("ada")
    with contextlib.ExitStack() as stack:
        if fault == "Redis away":
            redis = stack.enter_context(OwnRedis())
            studio.environment["REDIS_URL"] = redis.url
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))  # it says nothing
        silent = f"127.0.0.1:{server.getsockname()[1]}"
        if fault == "Redis hanging":
            studio.environment["REDIS_URL"] = f"redis://{silent}/0"
        if fault == "bucket hanging":
            studio.environment |= {
                "AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_REGION_NAME": "us-east-1",
                "AWS_S3_ENDPOINT_URL": f"http://{silent}",
                "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
            }  # fmt: skip
        behind = stack.enter_context(studio.web())
        front = stack.enter_context(haproxy(tmp_path, behind))
        ada = Person(front, "ada")
        ada.make_video("before")
        if fault == "Redis away":
            redis.stop()
        until(front, "/healthz", 503)

        for number in range(10):
            ada.make_video(f"press {number}")
            time.sleep(0.1)  # as long as from one check to the next

    assert studio.run("print(Generation.objects.queued().count())") == "11"


def test_a_web_server_that_has_no_database_gets_no_requests(tmp_path: Path) -> None:
    studio = Installation(tmp_path, DATABASE_URL="sqlite:////dev/null/studio.sqlite3")
    with studio.started_web() as behind, haproxy(tmp_path, behind) as front:
        assert status_of(behind, "/livez") == 200
        until(front, "/livez", 503)


def test_figures_are_not_for_the_world(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    with studio.web() as behind, haproxy(tmp_path, behind) as front:
        until(front, "/livez", 200)
        assert status_of(front, "/metrics") == 404
        own = requests.get(f"{front}/metrics", timeout=120).headers
        page = requests.get(f"{front}/accounts/login/", timeout=120).headers
    assert own["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "sandbox" not in page["Content-Security-Policy"]
