"""django-q2's cluster, run so that it shows a heartbeat and leaves no process behind."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from django.utils import timezone
from django_q import core_signing as signing
from django_q.brokers import get_broker
from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis
from django_q.cluster import Cluster
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signals import post_execute_in_worker
from django_q.signing import BadSignature, PickleSerializer, SignedPackage

from . import heartbeat
from .supervisor import PID_VARIABLE, PIPE_VARIABLE
from .task_queue import TASKS

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = 15.0  # seconds
BROKER_PAUSE = 1.0  # seconds to wait for a broker that does not answer
OLD_QUEUE = "wanstudio"  # of the last release, whatever the studio
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class HousekeepingMixin:
    """Puts a housekeeping task among the others every fifteen seconds, and outlives an outage.

    The task goes to this cluster's own workers and not through the queue, so that it proves that
    *this* cluster works: one in the queue would be taken by any healthy neighbour. A queue that
    does not answer costs a second, and not the life of the process that reads it.
    """

    housekeeping_at = 0.0

    def dequeue(self) -> list[tuple[Any, Any]] | None:
        if time.monotonic() - self.housekeeping_at >= HOUSEKEEPING_EVERY:
            self.housekeeping_at = time.monotonic()
            self._try_to_empty_old_queue()
            return [(None, housekeeping_package())]
        try:
            return self._without_retired(super().dequeue() or [])  # type: ignore[misc]
        except Exception as error:
            log.warning("the queue does not answer: %s", type(error).__name__)
            time.sleep(BROKER_PAUSE)
            return None

    def _try_to_empty_old_queue(self) -> None:
        """The rows that its tasks were for are due all the same. The next release drops this.

        With `Q_CLUSTER_NAME`, which django-q2 reads itself, it may be the queue of today.
        """
        if Conf.CLUSTER_NAME == OLD_QUEUE:
            return
        try:
            if count := self.empty_old_queue():  # type: ignore[attr-defined]
                log.info("discarded %d tasks from the queue of the last release", count)
        except Exception as error:
            log.warning("the queue does not answer: %s", type(error).__name__)

    def _without_retired(self, packages: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """Discard tasks of the app that this release has no function for: another queued them.

        The rows they were for are due all the same, and housekeeping wakes them within seconds.
        """
        known = []
        for ack_id, package in packages:
            if name := retired_name(package):
                log.info("discarded a task of another release: %s", name)
                self.acknowledge(ack_id)  # type: ignore[attr-defined]
            else:
                known.append((ack_id, package))
        return known


class DatabaseBroker(HousekeepingMixin, ORM):
    def empty_old_queue(self) -> int:
        count, _ = OrmQ.objects.filter(key=OLD_QUEUE).delete()
        return int(count)


class RedisBroker(HousekeepingMixin, Redis):
    def empty_old_queue(self) -> int:
        """Other studios may use it as well: only what was signed with our key is ours."""
        key = f"django_q:{OLD_QUEUE}:q"
        ours = [each for each in self.connection.lrange(key, 0, -1) if is_signed_by_us(each)]
        for each in ours:
            self.connection.lrem(key, 0, each)
        return len(ours)


def is_signed_by_us(package: bytes) -> bool:
    try:
        signing.loads(
            package.decode(), key=Conf.SECRET_KEY, salt=OLD_QUEUE, serializer=PickleSerializer
        )
    except (signing.BadSignature, UnicodeDecodeError):
        return False
    return True


def retired_name(package: Any) -> str:
    """The function that a package names, if it is one of ours and not in `TASKS`; else empty."""
    try:
        name = str(SignedPackage.loads(package)["func"])
    except (TypeError, BadSignature):  # the cluster itself says so, and drops it
        return ""
    retired = name.startswith("generations.tasks.") and name not in TASKS.values()
    return name if retired else ""


def housekeeping_package() -> str:
    """A task for the cluster's inner queue, as `async_task` would have signed it."""
    package: str = SignedPackage.dumps(
        {
            "id": f"housekeeping-{time.time_ns()}",
            "name": "run_housekeeping",
            "func": TASKS["run_housekeeping"],
            "args": (),
            "kwargs": {},
            "started": timezone.now(),
            "save": False,
            "ack_failure": True,
        }
    )
    return package


def run() -> None:
    """Run the cluster in this process until it is told to stop."""
    pipe = int(os.environ.get(PIPE_VARIABLE, "-1"))
    end_with(int(os.environ.get(PID_VARIABLE, os.getppid())), pipe)
    end_children_too(pipe)
    post_execute_in_worker.connect(beat)
    name = "RedisBroker" if Conf.REDIS else "DatabaseBroker"
    Conf.BROKER_CLASS = f"{__name__}.{name}"
    get_broker().ping()
    cluster = Cluster()
    cluster.start()
    cluster.sentinel.join()


def beat(**kwargs: Any) -> None:
    heartbeat.beat()


def end_children_too(pipe: int) -> None:
    """`end_with` for every process that is forked from here on, and for theirs."""
    parent = 0

    def remember() -> None:
        nonlocal parent
        parent = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: end_with(parent, pipe))


def end_with(parent: int, pipe: int) -> None:
    """End this process when its parent ends: by a signal on Linux, elsewhere by a pipe.

    Linux honors the request from the moment it is made: a parent that ended before (while this
    process was being forked, or was importing Django) is no longer our parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    elif pipe >= 0:
        threading.Thread(target=end_with_pipe, args=(pipe,), daemon=True).start()


def end_with_pipe(pipe: int) -> None:
    """End this process when the other end of the pipe closes: its owner has ended."""
    os.read(pipe, 1)
    os._exit(1)
