"""The brokers of a cluster: housekeeping of their own, and a queue that does not answer."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.signing import PickleSerializer, SignedPackage

from generations.models import Generation, Status, claim_store
from generations.tasks import poller
from generations.tasks.store_queue import MAX_STORES
from generations.worker import cluster, heartbeat, semaphore
from generations.worker.cluster import DatabaseBroker, RedisBroker
from generations.worker.task_queue import TASKS

# What tasks were called in earlier releases.
RETIRED = ("submit", "store", "sweep", "watch")


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> RedisBroker:
    """Nothing listens where the queue should be."""
    monkeypatch.setattr(Conf, "REDIS", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(cluster, "BROKER_PAUSE", 0)
    monkeypatch.setattr(RedisBroker, "looked_for_stores_at", math.inf)
    return RedisBroker()


@pytest.fixture
def broker() -> DatabaseBroker | RedisBroker:
    """The broker of this test run, empty; it looked after its own tasks a moment ago."""
    broker = RedisBroker() if Conf.REDIS else DatabaseBroker()
    broker.purge_queue()
    broker.housekeeping_at = time.monotonic()
    broker.looked_for_stores_at = math.inf
    return broker


def begun_saves(broker: Any) -> int:
    """How many saves the broker begins in two turns of which both are due."""
    broker.looked_for_stores_at = 0
    first = taken_from(broker, 1)
    broker.looked_for_stores_at = 0
    second = taken_from(broker, 1)
    return [task["func"] for task in first + second].count(TASKS["store_due"])


@pytest.mark.django_db(transaction=True)
def test_a_cluster_begins_the_saves_that_are_due_by_itself_where_it_has_room(
    broker: Any,
    make_generation: Callable[..., Generation],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
    row = make_generation(status="storing")
    assert begun_saves(broker) == 2

    with ExitStack() as saves:
        for _ in range(MAX_STORES):
            saves.enter_context(semaphore.acquire(MAX_STORES))
        assert begun_saves(broker) == 0
    claim_store(row.pk)
    assert begun_saves(broker) == 0


@pytest.mark.django_db(transaction=True)
def test_a_cluster_looks_for_saves_each_second_and_takes_other_tasks_in_between(
    broker: Any, make_generation: Callable[..., Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOOK_FOR_STORES_EVERY", 600)  # no second of a slow machine
    make_generation(status="storing")
    broker.looked_for_stores_at = -math.inf
    broker.enqueue(package(TASKS["submit_queued"]))
    names = [task["name"] for task in taken_from(broker, 2)]
    assert names == ["store_due", "task"]


def test_housekeeping_comes_whatever_the_queue_does_and_not_each_time(unreachable: Any) -> None:
    [(_, package)] = unreachable.dequeue()
    assert SignedPackage.loads(package)["func"] == TASKS["run_housekeeping"]
    assert unreachable.dequeue() is None


def test_a_queue_that_does_not_answer_ends_nothing(
    unreachable: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        unreachable.dequeue()
    assert caplog.text.count("the queue does not answer: ConnectionError") == 3


def package(function: str) -> str:
    return SignedPackage.dumps({"id": "1", "name": "task", "func": function, "args": ()})


def taken_from(broker: Any, times: int) -> list[dict[str, Any]]:
    """The tasks that a worker gets in so many turns."""
    tasks = []
    for _ in range(times):
        for ack_id, signed in broker.dequeue() or []:
            tasks.append(SignedPackage.loads(signed))
            if ack_id is not None:
                broker.acknowledge(ack_id)
    return tasks


@pytest.mark.django_db(transaction=True)
def test_a_task_of_another_release_is_discarded_with_one_line(
    broker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    broker.enqueue(package("generations.tasks.submit"))
    broker.enqueue(package(TASKS["submit_queued"]))
    broker.enqueue(package("somebody.elses.task"))

    names = [task["func"] for task in taken_from(broker, 3)]

    assert names == [TASKS["submit_queued"], "somebody.elses.task"]
    assert caplog.text.count("generations.tasks.submit\n") == 1
    assert "Traceback" not in caplog.text
    assert broker.queue_size() == 0


@pytest.mark.django_db(transaction=True)
def test_the_queue_of_the_last_release_is_emptied_of_our_own_tasks(
    broker: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.INFO)
    old = type(broker)(cluster.OLD_QUEUE)
    old.purge_queue()
    task = {"id": "1", "name": "task", "func": TASKS["run_poller"], "args": ()}
    of_others = signing.dumps(task, "their key", cluster.OLD_QUEUE, PickleSerializer)
    ours = signing.dumps(task, Conf.SECRET_KEY, cluster.OLD_QUEUE, PickleSerializer)
    for signed in (ours, ours, of_others) if Conf.REDIS else (ours, ours):
        old.enqueue(signed)

    broker.housekeeping_at -= 15
    taken_from(broker, 1)

    assert old.queue_size() == (1 if Conf.REDIS else 0)  # a database is of one studio alone
    assert "discarded 2 tasks from the queue of the last release" in caplog.text
    old.purge_queue()


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_still_has_the_name_of_the_last_release_keeps_its_tasks(
    broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """django-q2 itself reads `Q_CLUSTER_NAME`, and names the queue after it."""
    monkeypatch.setattr(Conf, "CLUSTER_NAME", cluster.OLD_QUEUE)
    today = type(broker)(cluster.OLD_QUEUE)
    today.enqueue(package(TASKS["submit_queued"]))
    names = [task["func"] for task in taken_from(today, 2)]
    assert names == [TASKS["run_housekeeping"], TASKS["submit_queued"]]


@pytest.mark.django_db(transaction=True)
def test_every_due_row_whose_task_was_discarded_is_woken_within_15_seconds(
    broker: Any, make_generation: Callable[..., Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_round = poller.Poller.run_once
    monkeypatch.setattr(poller.Poller, "run_once", lambda self: one_round(self) and False)
    due = timezone.now() - timedelta(seconds=1)
    waiting = ("queued", "submitting", "running", "storing", "unconfirmed")
    rows = {
        status: make_generation(
            status=status, provider="sandbox", model=f"model-{status}", due_at=due
        )
        for status in waiting
    }
    for name in RETIRED:
        broker.enqueue(package(f"generations.tasks.{name}"))
    assert taken_from(broker, len(RETIRED)) == []

    broker.housekeeping_at -= 15
    for name in ("run_housekeeping", "run_poller"):
        [task] = taken_from(broker, 1)
        assert task["func"] == TASKS[name]
        import_string(task["func"])()

    broker.looked_for_stores_at = 0
    tasks = taken_from(broker, broker.queue_size() + 1)
    started = {(task["func"], *task["args"]) for task in tasks}
    assert (TASKS["submit_queued"], "sandbox", "model-queued") in started
    assert (TASKS["store_due"],) in started
    moved = [Generation.objects.get(pk=rows[status].pk) for status in waiting]
    assert [(row.status, row.due_at == due) for row in moved] == [
        (Status.QUEUED, True),
        (Status.UNCONFIRMED, False),
        (Status.RUNNING, False),
        (Status.STORING, True),
        (Status.UNCONFIRMED, False),
    ]
