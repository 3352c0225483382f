"""Many at once, in a real worker: no generation holds a place that another needs."""

import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, environment
from tests.emulator import Emulator
from tests.films import draw_film
from tests.installation import migrate
from tests.python_process import PythonProcess, run_python
from tests.waiting import PATIENCE

ASK = """
import django; django.setup()
from django.contrib.auth.models import User
from django.db import transaction
from generations.models import Generation
owner = User.objects.create_user("owner")
with transaction.atomic():
    for number in range({count}):
        Generation.objects.create_queued(owner=owner, provider="dashscope", model="wan2.2-t2v-plus",
                               prompt=f"boat {{number}}", size="832x480")
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Emulator]:
    film = draw_film(tmp_path / "film.mp4", frames=30)
    with Emulator(video=str(film), seconds=3600) as service:
        yield service


@pytest.fixture
def env(tmp_path: Path, service: Emulator) -> dict[str, str]:
    return environment(tmp_path, 0) | {
        "DASHSCOPE_API_KEY": "sk-emulator",
        "DASHSCOPE_BASE_URL": service.base_url,
        "DASHSCOPE_MAX_OPEN": "200",
        "DASHSCOPE_SUBMIT_EVERY": "0",
        "DASHSCOPE_POLL_EVERY": "1",
        "WANSTUDIO_WORKERS": "6",
    }


def rows(folder: Path, column: str) -> list[str]:
    with sqlite3.connect(folder / "studio.sqlite3", timeout=120) as database:
        return [row[0] for row in database.execute(f"SELECT {column} FROM generations_generation")]  # noqa: S608


@pytest.fixture
def worker(tmp_path: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """It finds two hundred that wait."""
    migrate(env)
    run_python(["-c", ASK.format(count=200)], cwd=ROOT, env=env, check=True, timeout=600)
    with (tmp_path / "log.txt").open("w") as log:
        line = ["manage.py", "worker"]
        process = PythonProcess(line, cwd=ROOT, env=env, stdout=log, stderr=log)
        yield process
        process.terminate()
        process.wait(timeout=120)


def wait_until_all_are(status: str, folder: Path) -> None:
    end = time.monotonic() + 3 * PATIENCE
    while (now := Counter(rows(folder, "status"))) != {status: 200}:
        assert time.monotonic() < end, (now, (folder / "log.txt").read_text()[-3000:])
        time.sleep(0.2)


@pytest.mark.usefixtures("worker")
def test_two_hundred_run_at_once_are_each_sent_once_and_all_come_home(
    tmp_path: Path, service: Emulator
) -> None:
    wait_until_all_are("running", tmp_path)
    service.advance(3600)
    wait_until_all_are("succeeded", tmp_path)
    sent = Counter(seen.body["input"]["prompt"] for seen in service.creates)
    assert sent == Counter(f"boat {number}" for number in range(200))
    assert len(set(rows(tmp_path, "remote_id"))) == service.charged == 200
