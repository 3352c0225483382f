"""Whether a worker is running on this database."""

import time
from collections.abc import Callable

from django.db import DatabaseError

from ..models import WorkerHeartbeat

LOOK_EVERY = 1.0  # seconds


class WorkerRunningError(Exception):
    """A worker is running. The message is for the operator."""


def wait_for_workers(say: Callable[[str], object]) -> None:
    """Return when no worker has shown itself for 90 seconds, at once where that is so already.

    `say` is told that this may take so long. Raises WorkerRunningError as soon as one shows itself.
    """
    try:
        first, recent = WorkerHeartbeat.objects.last_seen(), WorkerHeartbeat.objects.is_recent()
    except DatabaseError:  # there are no tables yet
        return
    if recent:
        say(f"A worker was seen at {first:%H:%M:%S} (UTC). Waiting until it is silent for 90 s.")
    while WorkerHeartbeat.objects.is_recent():
        if WorkerHeartbeat.objects.last_seen() != first:
            raise WorkerRunningError("A worker is at work. Stop web and worker first.")
        time.sleep(LOOK_EVERY)
