"""What `make run` starts, as processes of their own."""

import contextlib
import json
import os
import pty
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
from tests.installation import migrate

ROOT = Path(__file__).resolve().parents[3]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_a_taken_port_is_said_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port}: .* PORT=8001 make run"):
            require_free_port("127.0.0.1", port)


def test_a_port_that_is_none_is_said_in_one_sentence():
    with pytest.raises(CommandError, match="port 70000: .* PORT=8001 make run"):
        require_free_port("127.0.0.1", 70_000)


@pytest.mark.parametrize("host", ["x86_64-conda-linux-gnu", "192.0.2.200", "2001:db8::200"])
def test_a_host_that_is_not_this_machine_is_named_with_the_way_to_unset_it(host):
    with pytest.raises(CommandError, match=f"HOST={host}: .*unset HOST .*HOST=127.0.0.1") as found:
        require_free_port(host, 8000)
    assert "PORT" not in str(found.value)


def manage(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "WANSTUDIO_ENV_FILE": "none", **variables},
    )  # fmt: skip


@pytest.mark.parametrize("command", ["studio", "check", "migrate", "worker", "collectstatic"])
def test_a_bad_setting_is_the_sentence_alone(command):
    done = manage(command, PORT="abc")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "PORT must be a number, not 'abc'.\n"


def environment_of(tmp_path, port):
    return {
        "PATH": "/usr/bin:/bin",  # it knows by itself where its Python and gunicorn are
        "WANSTUDIO_ENV_FILE": "none",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/studio.sqlite3",
        "MEDIA_ROOT": str(tmp_path / "media"),
        "SECRET_KEY": "a-key-for-tests-alone-" * 3,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "WANSTUDIO_WORKERS": "3",
    }


@pytest.fixture
def studio(tmp_path):
    """A studio with an empty database: the process and its address."""
    port = free_port()
    environment = environment_of(tmp_path, port)
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
    process.wait(240)


def answer_within(url, seconds):
    """What `url` answers, as soon as somebody listens there."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def healthy_within(address, seconds):
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
    healthy_within(address, 240)
    assert answer_within(f"{address}/", 60)[0] == 200  # the set-up page, by a redirect
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    said = ["Bringing the database up to date", "Starting web and worker", f"is at {address}"]
    assert sorted(said, key=output.index) == said
    assert "SIGKILL" not in output
    assert "Traceback" not in output
    assert not listening(address)


def listening(address):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


def processes_of(folder):
    """What runs with a database in `folder`, by Linux's own list."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder) in (path / "environ").read_text(errors="replace"):
                found[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
    return found


@pytest.fixture
def nothing_left(tmp_path):
    """Processes that stay are a failure, and ended."""
    yield
    left = processes_of(tmp_path)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left


linux_alone = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="asks /proc")


@linux_alone
def test_closing_the_terminal_ends_everything(tmp_path, nothing_left):
    port = free_port()
    environment = environment_of(tmp_path, port)
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup would have it ignored
        os.chdir(ROOT)
        command = [sys.executable, "manage.py", "studio"]
        os.execve(sys.executable, command, environment)  # noqa: S606 (our own command)
    window = subprocess.Popen(["cat"], stdin=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)  # now the window alone holds it
    try:
        healthy_within(f"http://127.0.0.1:{port}", 240)
        assert processes_of(tmp_path)
    finally:
        window.kill()
        window.wait()
    end = time.monotonic() + 240
    while not os.waitpid(pid, os.WNOHANG)[0]:
        assert time.monotonic() < end, "it goes on without its terminal"
        time.sleep(0.1)


ASK = """
import django; django.setup()
from django.contrib.auth.models import User
from generations.models import Generation
Generation.objects.create_queued(owner=User.objects.create_user("ada"), provider="dashscope",
                       model="wan2.2-t2v-plus", prompt="a boat", size="832x480")
"""
ROWS = """
import django; django.setup()
from generations.models import Generation
print(*Generation.objects.values_list("status", "remote_id"))
"""


def python(code, environment):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True,
        env=environment,
    ).stdout.strip()  # fmt: skip


@linux_alone
def test_ctrl_c_waits_for_a_post_in_flight_and_writes_its_id_down(tmp_path, emulator, nothing_left):
    emulator.fail("create", "body drip", every=0.06)  # longer than the runner would wait by itself
    environment = environment_of(tmp_path, free_port()) | emulator.environment()
    migrate(environment | {"DJANGO_SETTINGS_MODULE": "wanstudio.settings"})
    python(ASK, environment)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "studio"], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        end = time.monotonic() + 240
        while not emulator.charged and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(240)

    [task] = emulator.tasks
    assert emulator.charged == 1
    assert python(ROWS, environment) == f"('running', '{task}')"
