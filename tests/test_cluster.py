"""The brokers of a cluster: their own bell, and a queue that does not answer."""

from typing import Any

import pytest
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generations import cluster
from generations.cluster import RedisBroker


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> RedisBroker:
    """Nothing listens where the queue should be."""
    monkeypatch.setattr(Conf, "REDIS", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(cluster, "BROKER_PAUSE", 0)
    return RedisBroker()


def test_the_sweep_is_rung_whatever_the_queue_does_and_not_at_every_look(dead: Any) -> None:
    [(_, package)] = dead.dequeue()
    assert SignedPackage.loads(package)["func"] == "generations.tasks.sweep"
    assert dead.dequeue() is None


def test_a_queue_that_does_not_answer_is_no_end(
    dead: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        dead.dequeue()
    assert caplog.text.count("the queue does not answer: ConnectionError") == 2
