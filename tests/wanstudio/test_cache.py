"""The cache in Redis: it keeps JSON and runs nothing of what somebody else wrote."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.core.cache.backends.redis import RedisCache

from tests.worker.test_pickled_columns import Trap
from wanstudio.cache import JSONSerializer

URL = os.environ["TEST_REDIS_URL"]
VALUES = [0, 7, -1, 1.5, True, None, "文字", ["a", 1], {"a": [1.25]}]


def test_values_come_back_as_they_went() -> None:
    serializer = JSONSerializer()
    assert [serializer.loads(serializer.dumps(value)) for value in VALUES] == VALUES


def test_a_pickle_is_no_value(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        JSONSerializer().loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.skipif(not URL, reason="there is no TEST_REDIS_URL")
def test_what_lies_in_redis_runs_nothing_and_numbers_count(tmp_path: Path) -> None:
    cache = RedisCache(URL, {"OPTIONS": {"serializer": JSONSerializer}})
    redis.Redis.from_url(URL).set(cache.make_key("a"), pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(ValueError):
        cache.get("a")
    assert not (tmp_path / "sprung").exists()
    cache.set("n", 1)
    assert cache.incr("n") == 2


def test_with_redis_the_settings_name_this_serializer() -> None:
    code = "from wanstudio.settings import CACHES; print(CACHES['default']['OPTIONS'])"
    environment = os.environ | {"REDIS_URL": "redis://127.0.0.1:9/0"}
    printed = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert printed.strip() == "{'serializer': 'wanstudio.cache.JSONSerializer'}"
