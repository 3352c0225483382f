"""`/healthz` and `/metrics` of a web server whose parts are broken, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.installation import Installation

NOBODY = "127.0.0.1:9"
BUCKET = {
    "AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_ENDPOINT_URL": f"http://{NOBODY}",
    "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_S3_REGION_NAME": "us-east-1",
}  # fmt: skip
BROKEN = {
    "nothing": ({}, set()),
    "database": (
        {"DATABASE_URL": "sqlite:////dev/null/studio.sqlite3"},
        {"database", "queue", "worker", "providers"},
    ),
    "queue": ({"REDIS_URL": f"redis://{NOBODY}/0"}, {"queue"}),
    "folder": ({"MEDIA_ROOT": "/dev/null/media"}, {"storage"}),
    "bucket": (BUCKET, {"storage"}),
}


@pytest.fixture
def studio(tmp_path: Path) -> Installation:
    studio = Installation(tmp_path)
    studio.migrate()
    studio.run("WorkerHeartbeat.objects.record()")
    return studio


@pytest.mark.parametrize(("change", "failing"), BROKEN.values(), ids=BROKEN)
def test_health_names_what_does_not_answer(
    studio: Installation, change: dict[str, str], failing: set[str]
) -> None:
    studio.environment |= change
    with studio.web() as address:
        answer = requests.get(f"{address}/healthz", timeout=30)
    parts = answer.json()
    assert parts.pop("status") == ("failing" if failing else "ok")
    assert {name for name, said in parts.items() if said != "ok"} == failing
    assert answer.status_code == (503 if failing else 200)


def test_a_queue_that_does_not_answer_leaves_out_its_figure_alone(studio: Installation) -> None:
    studio.environment |= {"REDIS_URL": f"redis://{NOBODY}/0", "WANSTUDIO_METRICS_TOKEN": "token"}
    with studio.web() as address:
        answer = requests.get(
            f"{address}/metrics", headers={"Authorization": "Bearer token"}, timeout=30
        )
    assert answer.status_code == 200
    assert "wanstudio_lag_seconds 0.0" in answer.text
    assert "wanstudio_queue_length" not in answer.text
