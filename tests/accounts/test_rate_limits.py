"""What is counted is counted for all processes, for a while."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.core.cache import cache
from django.utils import timezone

from generations.models import RateLimit
from generations.tasks.housekeeping import delete_rate_limits
from tests.installation import Installation, Person


@pytest.mark.django_db
def test_a_value_lives_as_long_as_it_was_given() -> None:
    cache.set("key", [1.5], 60)
    assert cache.get("key") == [1.5]
    RateLimit.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert cache.get("key", "gone") == "gone"


@pytest.mark.django_db
def test_adding_takes_a_place_once_until_it_is_over() -> None:
    assert cache.add("lock", True, 10)
    assert not cache.add("lock", True, 10)
    RateLimit.objects.update(expires_at=timezone.now())
    assert cache.add("lock", True, 10)
    assert cache.delete("lock")
    assert cache.add("lock", True, 10)


@pytest.mark.django_db
def test_housekeeping_deletes_what_counts_no_more() -> None:
    cache.set("old", 1, 0)
    cache.set("new", 1, 60)
    delete_rate_limits()
    assert [row.key for row in RateLimit.objects.all()] == [cache.make_key("new")]


class Guesser(Person):
    """Somebody with a browser, not signed in."""

    def __init__(self, address: str) -> None:
        requests.Session.__init__(self)
        self.address = address


def test_processes_count_together(tmp_path: Path) -> None:
    studio = Installation(tmp_path, WEB_CONCURRENCY="3")
    studio.migrate()
    studio.person("ada")
    with studio.web() as address:
        answers = []
        for _ in range(20):
            answer = Guesser(address).submit("/accounts/login/", username="ada", password="wrong")
            answers.append(answer.status_code)
    assert answers == [200] * 8 + [429] * 12
