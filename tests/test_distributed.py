"""Two web processes, two workers, PostgreSQL, Redis and S3: one cluster is killed, nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import requests

from tests.bucket import BucketServer
from tests.emulator.client import EmulatorProcess
from tests.installation import Installation, Person, scratch_database
from tests.waiting import PATIENCE

THROTTLES = 4
ROWS = """
import json
keys = ("prompt", "status", "remote_id", "video", "poster", "sha256", "bytes", "error_detail")
print(json.dumps(list(Generation.objects.values(*keys))))
"""
ASK = """
ada = User.objects.get(username="ada")
for number in range({first}, {last}):
    Generation.objects.create_queued(owner=ada, provider=f"dashscope-{{number % {throttles}}}",
        model="wan2.2-t2v-plus", prompt=f"boat {{number}}", size="832x480")
"""


@pytest.fixture
def queue() -> Iterator[str]:
    url = os.environ.get("TEST_REDIS_URL", "")
    if not url:
        pytest.skip("TEST_REDIS_URL names no Redis")
    broker = redis.Redis.from_url(url)
    broker.flushdb()
    yield url
    broker.flushdb()


@pytest.fixture
def database() -> Iterator[str]:
    with scratch_database() as url:
        yield url


@pytest.fixture
def bucket() -> Iterator[BucketServer]:
    with BucketServer() as server:
        yield server


def services(emulator: EmulatorProcess) -> dict[str, str]:
    """Several accounts at one service: each sends one at a time."""
    options = {
        "API_KEY": emulator.key, "BASE_URL": emulator.base_url, "MAX_OPEN": "1000",
        "SUBMIT_EVERY": "0", "POLL_EVERY": "1", "QUERY_RATE": "200",
    }  # fmt: skip
    aliases = [f"dashscope-{number}" for number in range(THROTTLES)]
    variables = {"WANSTUDIO_ALIASES": ",".join(f"{alias}=dashscope" for alias in aliases)}
    for alias in aliases:
        name = alias.upper().replace("-", "_")
        variables |= {f"{name}_{option}": value for option, value in options.items()}
    return variables


def rows_of(installation: Installation) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(installation.run(ROWS))
    return rows


def until(installation: Installation, statuses: set[str], least: int) -> None:
    end = time.monotonic() + 3 * PATIENCE
    while sum(row["status"] in statuses for row in rows_of(installation)) < least:
        counts = Counter(row["status"] for row in rows_of(installation))
        assert time.monotonic() < end, f"{counts}\n{installation.log.read_text()[-3000:]}"
        time.sleep(1)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """The machine is gone: the watchman and, with it, every process of its cluster."""
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(timeout=60)


def lose_a_machine(
    count: int, tmp_path: Path, database: str, queue: str, bucket: BucketServer
) -> None:
    with contextlib.ExitStack() as stack:
        emulator = stack.enter_context(EmulatorProcess(seconds=2))
        variables = services(emulator) | bucket.variables
        studio = Installation(
            tmp_path / "studio", DATABASE_URL=database, REDIS_URL=queue,
            WANSTUDIO_RATE="10000", WANSTUDIO_CONN_MAX_AGE="60", **variables,
        )  # fmt: skip
        studio.migrate()
        studio.person("ada")
        webs = [stack.enter_context(studio.web()) for _ in range(2)]
        lost, _ = (stack.enter_context(studio.worker()) for _ in range(2))

        # Signed in at one web process, known to the other; and each takes asks.
        ada = Person(webs[0], "ada")
        for number in range(4):
            ada.address = webs[number % 2]
            ada.make_video(
                f"boat {number}", model=f"dashscope-{number % THROTTLES}/wan2.2-t2v-plus"
            )
        studio.run(ASK.format(first=4, last=count, throttles=THROTTLES))
        until(studio, {"succeeded"}, count // 5)
        kill(lost)
        until(studio, {"succeeded", "failed", "unconfirmed"}, count)

        # What the dead machine was sending is doubted for two minutes at most, then found.
        until(studio, {"succeeded"}, count)
        rows = rows_of(studio)
        assert {row["prompt"] for row in rows} == {f"boat {number}" for number in range(count)}
        assert emulator.charged == count  # none was paid for twice
        assert len({row["remote_id"] for row in rows}) == count
        names = bucket.names()
        assert all(row["video"] in names and row["poster"] in names for row in rows)
        assert all(len(bucket.content(row["video"])) == row["bytes"] for row in rows[:20])
        plays_through_both(ada, webs, bucket)


def plays_through_both(ada: Person, webs: list[str], bucket: BucketServer) -> None:
    for web in webs:
        ada.address = web
        page = ada.ask("GET", "/gallery/")
        path = page.text.split('href="/v/')[1].split('"')[0]
        video = f"/v/{path.split('/')[0]}/video.mp4"
        link = ada.ask("GET", video, allow_redirects=False).headers["Location"]
        assert urlsplit(link).netloc == urlsplit(bucket.url).netloc
        assert bucket.url in page.headers["Content-Security-Policy"]
        part = requests.get(link, headers={"Range": "bytes=4-7"}, timeout=60)
        assert (part.status_code, part.content) == (206, b"ftyp")


@pytest.mark.database
def test_sixty_generations_survive_the_loss_of_a_machine(
    tmp_path: Path, database: str, queue: str, bucket: BucketServer
) -> None:
    lose_a_machine(60, tmp_path, database, queue, bucket)


@pytest.mark.crash
def test_five_hundred_generations_survive_the_loss_of_a_machine(
    tmp_path: Path, database: str, queue: str, bucket: BucketServer
) -> None:
    lose_a_machine(500, tmp_path, database, queue, bucket)
