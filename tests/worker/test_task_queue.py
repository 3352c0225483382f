"""A task is enqueued after the commit, once, and a queue that is down fails nobody."""

from __future__ import annotations

import pydoc
from types import FunctionType
from typing import Any

import pytest
from django.db import transaction
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generations.models import Generation
from generations.worker.task_queue import TASKS, enqueue


def waiting() -> int:
    return int(get_broker().queue_size())


@pytest.mark.django_db(transaction=True)
class TestEnqueue:
    @pytest.fixture(autouse=True)
    def quiet(self) -> None:
        get_broker().purge_queue()

    def test_the_queue_carries_the_task_and_ids_alone(self) -> None:
        enqueue("submit_queued", "dashscope", "wan2.2-t2v-plus")

        [(_, payload)] = get_broker().dequeue()
        task = SignedPackage.loads(payload)
        assert task["func"] == TASKS["submit_queued"]
        assert task["args"] == ("dashscope", "wan2.2-t2v-plus")
        assert task["save"] is False

    def test_nothing_is_enqueued_before_the_commit(self) -> None:
        with transaction.atomic():
            enqueue("run_poller")
            assert waiting() == 0

        assert waiting() == 1

    def test_what_is_rolled_back_is_not_enqueued(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            enqueue("run_poller")
            1 / 0  # noqa: B018 (raises)

        assert waiting() == 0

    def test_a_queue_that_is_down_leaves_the_row_saved(
        self, owner: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(Conf, "BROKER_CLASS", "tests.worker.test_task_queue.DeadBroker")

        Generation.objects.create_queued(
            owner=owner, provider="p", model="m", prompt="a boat", size="832x480"
        )

        assert Generation.objects.get().status == "queued"
        # The poller's own task was not tried: a queue that hangs would hold the page twice.
        assert caplog.messages == ["the queue does not answer: ConnectionError"]
        assert caplog.records[0].exc_info is None


@pytest.mark.parametrize("path", TASKS.values())
def test_the_cluster_finds_the_function_of_each_task(path: str) -> None:
    found = pydoc.locate(path)  # as django_q.worker does

    assert isinstance(found, FunctionType)
    assert found.__module__ != path  # a module of that name would be taken instead (Python 3.12)


class DeadBroker:
    """A queue whose server is gone."""

    def __init__(self, list_key: str = "") -> None:
        raise ConnectionError("refused")
