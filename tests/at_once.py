"""Many threads that do something at the same moment, each with a connection of its own."""

import fcntl
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.db import connection

from tests.waiting import PATIENCE, until


def at_once(
    count: int, work: Callable[[int], Any], expected: tuple[type[Exception], ...] = ()
) -> list[Any]:
    """What `work(number)` returned in each of `count` threads, or raised of what is expected."""
    gate = threading.Barrier(count, timeout=PATIENCE)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return work(number)
        except expected as error:
            return error
        finally:
            connection.close()

    # PostgreSQL takes a hundred connections, as it comes: not two of these tests at a time.
    made = Path(os.environ["TESTS_MIGRATED"])  # one for all processes of a run
    with made.with_suffix(".at-once").open("w") as lock, ThreadPoolExecutor(count) as threads:
        fcntl.flock(lock, fcntl.LOCK_EX)
        until(lambda: free_connections() > count)
        return list(threads.map(run, range(count)))


def free_connections() -> float:
    if connection.vendor == "sqlite":
        return float("inf")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int - count(*)"
            " FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        return float(cursor.fetchone()[0])
