"""What django-q2 is told."""

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
        # Tasks wait in the broker, not inside the cluster, where their time-out would already run.
        "queue_limit": workers,
        "bulk": 1,
        "poll": 0.2,
        "guard_cycle": 0.5,
        # Our own deadlines come first (the longest: ten minutes of download, ten of checking and
        # keeping); this ends what hangs in spite of them.
        "timeout": 1320,
        # Only our rows repeat work. The queue never does.
        "retry": 86_400,
        "max_attempts": 1,
        "ack_failures": True,
        "catch_up": False,
        "scheduler": False,
        "save_limit": -1,
        "recycle": 500,
        # For its figures, which nobody reads: not for the database, twice a second.
        "cache": "local",
        # 400 MB: `ru_maxrss` counts kilobytes, on macOS bytes.
        "max_rss": 400_000 * (1024 if sys.platform == "darwin" else 1),
        "label": "Queue",
    }
