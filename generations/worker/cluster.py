"""django-q2's cluster, run so that it shows a heartbeat and leaves no process behind."""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string
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
from .task_queue import CAN_STORE, TASKS

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = 15.0  # seconds
LOOK_FOR_STORES_EVERY = 1.0  # seconds
BROKER_PAUSE = 1.0  # seconds to wait for a broker that does not answer
OLD_QUEUE = "wanstudio"  # of the previous release, for every studio
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class OwnTasksMixin:
    """Adds tasks of this cluster's own, and outlives an outage of the queue.

    They go to its own workers and not through the queue. Housekeeping, every fifteen seconds,
    proves that *this* cluster works: any healthy neighbor would take it from the queue. A save is
    started within a second by each cluster that has room: a full one could take it from the queue
    and drop it. A queue that does not answer costs a second, and not the process that reads it.
    """

    housekeeping_at = 0.0
    looked_for_stores_at = 0.0

    def dequeue(self) -> list[tuple[Any, Any]] | None:
        if time.monotonic() - self.housekeeping_at >= HOUSEKEEPING_EVERY:
            self.housekeeping_at = time.monotonic()
            self._try_to_empty_old_queue()
            return [(None, own_package("run_housekeeping"))]
        if self._can_store():
            return [(None, own_package("store_due"))]
        try:
            return self._without_retired(super().dequeue() or [])  # type: ignore[misc]
        except Exception as error:
            log.warning("the queue does not answer: %s", type(error).__name__)
            time.sleep(BROKER_PAUSE)
            return None

    def _can_store(self) -> bool:
        """Whether to begin a save. False while the database is away, which others say."""
        if time.monotonic() - self.looked_for_stores_at < LOOK_FOR_STORES_EVERY:
            return False
        self.looked_for_stores_at = time.monotonic()
        close_old_connections()
        try:
            return bool(import_string(CAN_STORE)())
        except DatabaseError:
            return False

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


class DatabaseBroker(OwnTasksMixin, ORM):
    def empty_old_queue(self) -> int:
        count, _ = OrmQ.objects.filter(key=OLD_QUEUE).delete()
        return int(count)


class RedisBroker(OwnTasksMixin, Redis):
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


def own_package(name: str) -> str:
    """A task for the cluster's inner queue, as `async_task` would have signed it."""
    package: str = SignedPackage.dumps(
        {
            "id": f"{name}-{time.time_ns()}",
            "name": name,
            "func": TASKS[name],
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
