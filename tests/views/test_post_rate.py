"""The form's own speed limit: every post counts, whatever came of it."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from generations.models import Generation

pytestmark = pytest.mark.django_db
REFUSED = {"model": "sandbox/sandbox-t2v", "prompt": "", "size": "832x480"}
GOOD = REFUSED | {"prompt": "A fox in the snow"}


@pytest.fixture(autouse=True)
def three_a_minute(settings: Any, client: Any, owner: Any) -> Any:
    settings.WANSTUDIO_RATE = 3
    client.force_login(owner)
    with patch("django.utils.timezone.now", return_value=_midst_of_a_minute()):
        yield


def _midst_of_a_minute() -> Any:
    from django.utils import timezone

    return timezone.now().replace(second=30)


def test_refused_posts_count_too(client: Any) -> None:
    for _ in range(3):
        client.post("/", {"id": uuid4(), **REFUSED})
    answer = client.post("/", {"id": uuid4(), **GOOD})
    page = answer.content.decode()
    assert "limit for one minute" in page
    assert "A fox in the snow" in page
    assert not Generation.objects.exists()


def test_within_the_limit_a_good_post_follows_bad_ones(client: Any) -> None:
    for _ in range(2):
        client.post("/", {"id": uuid4(), **REFUSED})
    answer = client.post("/", {"id": uuid4(), **GOOD})
    assert answer.status_code == 302


def test_reading_costs_nothing(client: Any) -> None:
    for _ in range(9):
        assert client.get("/").status_code == 200
    answer = client.post("/", {"id": uuid4(), **GOOD})
    assert answer.status_code == 302
