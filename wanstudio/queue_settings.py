"""The settings of django-q2."""

import sys
from typing import Any

from wanstudio.service_urls import redis_url


def queue_settings(name: str, workers: int, redis: str) -> dict[str, Any]:
    """`Q_CLUSTER` for a queue in the Redis at `redis`, or in the database if that is ""."""
    broker = {"redis": redis_url(redis)} if redis else {"orm": "default"}
    return {
        **broker,
        "name": name,
        "workers": workers,
        # Tasks wait in the broker, not in the cluster, where their time-out would already count.
        "queue_limit": workers,
        "bulk": 1,
        "poll": 0.2,
        "guard_cycle": 0.5,
        # Our own deadlines come first (the longest: ten minutes of download, ten of checking and
        # saving). This one ends a task that hangs in spite of them.
        "timeout": 1320,
        # Only rows are retried. The queue never repeats a task, not even after an exception or an
        # outage.
        "retry": 86_400,
        "max_attempts": 1,
        "ack_failures": True,
        "catch_up": False,
        "scheduler": False,
        "save_limit": -1,
        "recycle": 500,
        # For the statistics of django-q2, which are not used: not in the database, twice a second.
        "cache": "local",
        # 400 MB: `ru_maxrss` is in kilobytes, and on macOS in bytes.
        "max_rss": 400_000 * (1024 if sys.platform == "darwin" else 1),
        "label": "Queue",
    }
