"""The brokers of a cluster: their own bell, and a queue that does not answer."""

import logging
import time
from typing import Any

import pytest
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generations.worker import cluster
from generations.worker.cluster import RedisBroker
from generations.worker.task_queue import TASKS


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> RedisBroker:
    """Nothing listens where the queue should be."""
    monkeypatch.setattr(Conf, "REDIS", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(cluster, "BROKER_PAUSE", 0)
    return RedisBroker()


def test_the_sweep_is_rung_whatever_the_queue_does_and_not_at_every_look(dead: Any) -> None:
    [(_, package)] = dead.dequeue()
    assert SignedPackage.loads(package)["func"] == TASKS["run_housekeeping"]
    assert dead.dequeue() is None


def test_a_queue_that_does_not_answer_is_no_end(
    dead: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        dead.dequeue()
    assert caplog.text.count("the queue does not answer: ConnectionError") == 2


def package(function: str) -> str:
    return SignedPackage.dumps({"id": "1", "name": "task", "func": function, "args": ()})


@pytest.mark.django_db(transaction=True)
def test_a_task_of_another_release_is_discarded_with_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    broker = cluster.RedisBroker() if Conf.REDIS else cluster.DatabaseBroker()
    broker.rung_at = time.monotonic()
    broker.purge_queue()
    broker.enqueue(package("generations.tasks.submit"))
    broker.enqueue(package(TASKS["submit_queued"]))
    broker.enqueue(package("somebody.elses.task"))

    taken = [task for _ in range(3) for task in broker.dequeue() or []]

    names = [SignedPackage.loads(task)["func"] for _, task in taken]
    assert names == [TASKS["submit_queued"], "somebody.elses.task"]
    assert caplog.text.count("generations.tasks.submit\n") == 1
    assert "Traceback" not in caplog.text
    for ack_id, _ in taken:
        broker.acknowledge(ack_id)
    assert broker.queue_size() == 0
