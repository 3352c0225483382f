"""What a reload of the web server reads again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.installation import ROOT, Installation, free_port
from tests.waiting import until
from tests.wanstudio.processes import run
from wanstudio import __version__

# As the units start it; `python -m gunicorn` cannot replace itself at USR2.
PROGRAM = str(Path(sys.executable).with_name("gunicorn"))
GUNICORN = (PROGRAM, "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi")


class Studio(Installation):
    """Reads an environment file of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.env_file = folder / "studio.env"
        super().__init__(folder, WANSTUDIO_ENV_FILE=str(self.env_file), **variables)
        self.write()
        self.port = free_port()
        self.migrate()

    def write(self, *lines: str) -> None:
        self.env_file.write_text("".join(f"{line}\n" for line in lines))

    def takes_token(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.port}/metrics"
        return requests.get(url, headers=headers, timeout=120).status_code == 200

    def processes_of(self, main: int) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(main)], capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path, WANSTUDIO_SHARING="nobody")


def hup(studio: Studio, main: int) -> None:
    """Reload, and wait until workers of before have gone."""
    before = set(studio.processes_of(main))
    os.kill(main, signal.SIGHUP)
    until(lambda: bool(now := set(studio.processes_of(main))) and not before & now)
    studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")


def test_hup_reads_the_environment_file_again(studio: Studio) -> None:
    studio.write("WANSTUDIO_METRICS_TOKEN=one", "WEB_CONCURRENCY=1", "WANSTUDIO_SHARING=everyone")
    with studio.started(*GUNICORN, PORT=str(studio.port)) as main:
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        assert studio.takes_token("one")

        studio.write("WANSTUDIO_METRICS_TOKEN=two")
        hup(studio, main.pid)
        assert (studio.takes_token("one"), studio.takes_token("two")) == (False, True)

        studio.write()  # a value that is gone from the file is gone
        hup(studio, main.pid)
        assert not studio.takes_token("two")
        environment = Path(f"/proc/{studio.processes_of(main.pid)[0]}/environ").read_bytes()
        assert b"WANSTUDIO_SHARING=nobody" in environment  # the real environment wins


def test_hup_changes_the_number_of_web_processes(studio: Studio) -> None:
    del studio.environment["WEB_CONCURRENCY"]
    studio.write("WEB_CONCURRENCY=1")
    with studio.started(*GUNICORN, PORT=str(studio.port)) as main:
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        assert len(studio.processes_of(main.pid)) == 1
        studio.write("WEB_CONCURRENCY=3")
        hup(studio, main.pid)
        until(lambda: len(studio.processes_of(main.pid)) == 3)


def test_a_mistake_in_the_file_ends_nothing_at_hup(studio: Studio) -> None:
    studio.write("WANSTUDIO_METRICS_TOKEN=one")
    with studio.started(*GUNICORN, PORT=str(studio.port)) as main:
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        studio.write("WANSTUDIO_METRICS_TOKEN=two", "WANSTUDIO_COFFEE=black")
        hup(studio, main.pid)
        assert studio.takes_token("one")
        assert main.poll() is None
    [line] = [line for line in studio.log.read_text().splitlines() if "COFFEE" in line]
    assert line.startswith("The settings stay as they were: WANSTUDIO_COFFEE is not a variable")


def test_a_web_process_that_died_begins_again_without_reading_the_file(studio: Studio) -> None:
    studio.write("WANSTUDIO_METRICS_TOKEN=one")
    with studio.started(*GUNICORN, PORT=str(studio.port)) as main:
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        studio.write("WANSTUDIO_COF")  # somebody is typing
        [worker] = studio.processes_of(main.pid)
        os.kill(worker, signal.SIGKILL)
        until(lambda: studio.processes_of(main.pid) not in ([], [worker]))
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        assert studio.takes_token("one")


def test_usr2_reads_the_environment_file_again_also_after_a_hup(studio: Studio) -> None:
    studio.write("WANSTUDIO_METRICS_TOKEN=one")
    pidfile = studio.folder / "web.pid"
    command = (*GUNICORN, "--pid", str(pidfile))
    with studio.started(*command, PORT=str(studio.port)) as main:
        studio.wait_for(f"http://127.0.0.1:{studio.port}/livez")
        hup(studio, main.pid)
        studio.write("WANSTUDIO_METRICS_TOKEN=two")
        os.kill(main.pid, signal.SIGUSR2)
        after = studio.folder / "web.pid.2"
        until(after.exists)
        new = int(after.read_text())
        until(lambda: studio.processes_of(new) != [])
        try:
            main.terminate()
            main.wait(120)
            until(lambda: studio.takes_token("two"))
        finally:
            os.kill(new, signal.SIGTERM)


UPGRADE = """
from pathlib import Path
from wanstudio.reloading import read_settings
print(read_settings().WANSTUDIO_VERSION)
for name, more in {
    "__init__": "__version__ = '1.0.1-new'",
    "hosts": "def only_in_the_new_release(): return 'new'",
    "settings": "from wanstudio.hosts import only_in_the_new_release as new; NEW = new()",
}.items():
    with Path(f"wanstudio/{name}.py").open("a") as file:
        file.write(f"\\n{more}\\n")
settings = read_settings()
print(settings.WANSTUDIO_VERSION, settings.NEW)
"""


def test_a_reload_after_an_upgrade_reads_the_settings_of_the_new_release(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "wanstudio", tmp_path / "wanstudio")
    ran = run(UPGRADE, tmp_path)
    assert ran.stdout.splitlines() == [__version__, "1.0.1-new new"], ran.stderr
