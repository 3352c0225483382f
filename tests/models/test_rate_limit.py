"""A key is kept for its time, and added by one alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models.rate_limit import RateLimit

pytestmark = pytest.mark.django_db


def expire(key: str) -> None:
    RateLimit.objects.filter(key=key).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_key_that_is_put_again_has_the_new_value_and_time() -> None:
    RateLimit.objects.put("a", [1], 60)
    expire("a")
    RateLimit.objects.put("a", [2], 60)
    assert list(RateLimit.objects.live().values_list("key", "value")) == [("a", [2])]


def test_a_key_that_is_there_is_not_added_again() -> None:
    assert RateLimit.objects.put_new("a", 1, 60)
    assert not RateLimit.objects.put_new("a", 2, 60)
    assert RateLimit.objects.get().value == 1


def test_an_expired_key_is_none_and_gives_way() -> None:
    RateLimit.objects.put("a", 1, 60)
    RateLimit.objects.put("b", 1, 60)
    expire("a")
    assert [row.key for row in RateLimit.objects.live()] == ["b"]
    assert [row.key for row in RateLimit.objects.expired()] == ["a"]
    assert RateLimit.objects.put_new("a", 2, 60)
    assert RateLimit.objects.get(key="a").value == 2
