"""From which origins a browser may fetch the files of a bucket."""

from __future__ import annotations

import json

import pytest

from tests.tasks.conftest import ask, service, store_video, workers  # noqa: F401 (fixtures)
from tests.wanstudio.processes import run
from wanstudio.s3_origins import bucket_origins


@pytest.mark.parametrize(
    ("where", "origins"),
    [
        ({"style": ""}, ["https://b.s3.amazonaws.com"]),
        (
            {"region": "eu-west-1"},
            ["https://b.s3.amazonaws.com", "https://b.s3.eu-west-1.amazonaws.com"],
        ),
        ({"style": "path"}, ["https://s3.amazonaws.com"]),
        ({"bucket": "b.c"}, ["https://s3.amazonaws.com"]),
        ({"endpoint": "http://minio:9000/x"}, ["http://minio:9000", "http://b.minio:9000"]),
        ({"endpoint": "https://oss.example", "style": "virtual"}, ["https://b.oss.example"]),
        ({"endpoint": "https://oss.example", "style": "path"}, ["https://oss.example"]),
    ],
)
def test_the_policy_lets_the_browser_fetch_from_the_bucket_alone(
    where: dict[str, str], origins: list[str]
) -> None:
    given = {"bucket": "b", "endpoint": "", "region": "", "style": ""} | where
    assert bucket_origins(given.pop("bucket"), **given) == origins


def test_a_studio_with_a_bucket_sends_that_policy() -> None:
    code = "import json; from wanstudio import settings as s; print(json.dumps(s.SECURE_CSP))"
    ran = run(code, AWS_STORAGE_BUCKET_NAME="b", AWS_S3_ENDPOINT_URL="https://oss.example")
    policy = json.loads(ran.stdout)
    assert policy["media-src"] == [
        "'self'",
        "blob:",
        "https://oss.example",
        "https://b.oss.example",
    ]
    assert "https://oss.example" in policy["img-src"]
    assert policy["script-src"] == ["'self'"]
