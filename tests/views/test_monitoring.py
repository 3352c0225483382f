"""What a web server tells machines that watch, with its parts broken, one at a time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.bucket import BucketServer
from tests.installation import Installation
from tests.waiting import until

NOBODY = "127.0.0.1:9"
BUCKET = {
    "AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_ENDPOINT_URL": f"http://{NOBODY}",
    "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_S3_REGION_NAME": "us-east-1",
}  # fmt: skip
BROKEN = {
    "nothing": ({}, set()),
    "database": (
        {"DATABASE_URL": "sqlite:////etc/passwd/studio.sqlite3"},
        {"database", "queue", "worker", "providers"},
    ),
    "queue": ({"REDIS_URL": f"redis://{NOBODY}/0"}, {"queue"}),
    "folder": ({"MEDIA_ROOT": "/etc/passwd/media"}, {"storage"}),
    "disk": ({"WANSTUDIO_DISK_RESERVE_MB": "1000000000"}, {"disk"}),
    "bucket": (BUCKET, {"storage"}),
}


@pytest.fixture
def studio(tmp_path: Path) -> Installation:
    studio = Installation(tmp_path)
    studio.migrate()
    studio.run("WorkerHeartbeat.objects.record()")
    return studio


PATIENT = """
from wanstudio import gunicorn
from wanstudio.gunicorn import *

def post_worker_init(worker):
    from generations.views import probes

    probes.ANSWER_WITHIN = 60
    gunicorn.post_worker_init(worker)
"""


@contextmanager
def patient_web(studio: Installation) -> Iterator[str]:
    """The address of a web server whose checks may be slow, as all are on a loaded machine."""
    config = studio.folder / "config.py"
    config.write_text(PATIENT)
    with studio.web(config=str(config)) as address:
        yield address


@pytest.mark.parametrize(("change", "failing"), BROKEN.values(), ids=BROKEN)
def test_health_names_what_does_not_answer(
    studio: Installation, change: dict[str, str], failing: set[str]
) -> None:
    studio.environment |= change
    with patient_web(studio) as address:
        answer = requests.get(f"{address}/healthz", timeout=30)
    parts = answer.json()
    assert parts.pop("status") == ("failing" if failing else "ok")
    assert {name for name, said in parts.items() if said != "ok"} == failing
    assert answer.status_code == (503 if failing else 200)


def test_a_bucket_that_is_not_there_is_a_failure(studio: Installation) -> None:
    with BucketServer() as bucket:
        studio.environment |= bucket.variables | {"AWS_STORAGE_BUCKET_NAME": "nowhere"}
        with patient_web(studio) as address:
            assert asked(address, "healthz")[1]["storage"] == "failing"
        log = studio.log.read_text()
    assert "storage: OSError" in log
    assert "Traceback" not in log


def test_a_check_that_goes_on_failing_is_one_line(studio: Installation) -> None:
    studio.environment |= {"REDIS_URL": f"redis://{NOBODY}/0"}
    with patient_web(studio) as address:
        assert [asked(address, "healthz")[0] for _ in range(3)] == [503, 503, 503]
    lines = [line for line in studio.log.read_text().splitlines() if "ERROR" in line]
    assert len(lines) == 1
    assert lines[0].endswith("generations.views.probes: queue: ConnectionError")


def test_a_queue_that_does_not_answer_leaves_out_its_figure_alone(studio: Installation) -> None:
    studio.environment |= {"REDIS_URL": f"redis://{NOBODY}/0", "WANSTUDIO_METRICS_TOKEN": "token"}
    with patient_web(studio) as address:
        answer = requests.get(
            f"{address}/metrics", headers={"Authorization": "Bearer token"}, timeout=30
        )
    assert answer.status_code == 200
    assert "wanstudio_lag_seconds 0.0" in answer.text
    assert "wanstudio_queue_length" not in answer.text


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def asked(address: str, page: str) -> tuple[int, dict[str, str]]:
    """Status and answer, as a load balancer with an address of its own asks over HTTP."""
    answer = requests.get(
        f"{address}/{page}", headers={"Host": "10.1.2.3"}, allow_redirects=False, timeout=20
    )
    return answer.status_code, answer.json()


def test_only_a_hanging_database_takes_the_pages_out_and_none_keeps_a_balancer_waiting(
    tmp_path: Path, silent: str
) -> None:
    """Nobody has set the studio up, and it wants HTTPS: these pages answer all the same."""
    longer = "socket_timeout=90&socket_connect_timeout=90"  # than anybody waits here
    for name, change, ready in (
        ("database", {"DATABASE_URL": f"postgres://nobody@{silent}/studio"}, 503),
        ("queue", {"REDIS_URL": f"redis://{silent}/0?{longer}"}, 200),
    ):
        studio = Installation(tmp_path / str(ready), WANSTUDIO_HTTPS="on")
        studio.migrate()
        studio.environment |= change
        with studio.started_web() as address:
            for _ in range(3):
                assert asked(address, "livez")[0] == 200
                until(lambda: asked(address, "readyz")[0] == ready)  # noqa: B023
                status, parts = asked(address, "healthz")
                assert (status, parts["queue"]) == (503, "failing")
            database = "ok" if ready == 200 else "failing"
            until(lambda: asked(address, "healthz")[1]["database"] == database)  # noqa: B023
        assert f"{name}: no answer in " in studio.log.read_text()
