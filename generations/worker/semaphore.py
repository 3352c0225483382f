"""A semaphore for the processes of one cluster: files beside its heartbeat, locked by the kernel.

A lock ends with its process, however that happens. Without `WANSTUDIO_HEARTBEAT_FILE` (tests, a
bare qcluster) nothing is limited.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from .heartbeat import VARIABLE


@contextmanager
def acquire(limit: int) -> Iterator[bool]:
    """True for `limit` callers of this cluster at a time; False for one too many."""
    path = os.environ.get(VARIABLE)
    if not path:
        yield True
        return
    lock = next(filter(None, (try_lock(f"{path}.lock-{n}") for n in range(limit))), None)
    try:
        yield lock is not None
    finally:
        if lock:
            lock.close()


def try_lock(path: str) -> IO[bytes] | None:
    """The file, locked until it is closed; None if somebody else holds it."""
    file = open(path, "ab")  # noqa: SIM115 (the caller closes it)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
