"""What `make run` starts, as processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError

from generations.management.commands.studio import require_free_port

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_a_taken_port_is_said_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port}: .* PORT=8001 make run"):
            require_free_port("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no.such.host.invalid", 8000)])
def test_an_address_that_is_none_is_said_in_one_sentence(host, port):
    with pytest.raises(CommandError, match="Cannot listen on"):
        require_free_port(host, port)


@pytest.fixture
def studio(tmp_path):
    """A studio with an empty database: the process and its address."""
    port = free_port()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "WANSTUDIO_ENV_FILE": "none",
        "WANSTUDIO_HASHED_STATIC": "off",
        "DATABASE_URL": f"sqlite:///{tmp_path}/studio.sqlite3",
        "MEDIA_ROOT": str(tmp_path / "media"),
        "SECRET_KEY": "a-key-for-tests-alone-" * 3,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "WANSTUDIO_WORKERS": "3",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "studio"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process, f"http://127.0.0.1:{port}"
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(60)


def answer_within(url: str, seconds: float) -> tuple[int, str]:
    """What `url` answers, as soon as somebody listens there."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def healthy_within(address: str, seconds: float) -> dict:
    """`/healthz`, as soon as the worker answers too."""
    end = time.monotonic() + seconds
    while True:
        status, body = answer_within(f"{address}/healthz", seconds)
        if status == 200 or time.monotonic() > end:
            assert status == 200, body
            return json.loads(body)
        time.sleep(0.2)


def test_web_and_worker_come_up_and_ctrl_c_leaves_nothing_behind(studio):
    process, address = studio
    healthy_within(address, 60)
    assert answer_within(f"{address}/", 5)[0] == 200  # the set-up page, by a redirect
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"WAN Studio is at {address}" in output
    assert "SIGKILL" not in output
    assert "Traceback" not in output
    assert not listening(address)


def listening(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0
