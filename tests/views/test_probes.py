"""Probes that hang: who asks is answered in time, and one of a kind is in flight."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest

from generations.views import probes
from generations.views.probes import Probe, ask
from tests.waiting import PATIENCE, until


class Hanging:
    """A check that answers once it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = Event()

    def __call__(self) -> bool:
        self.asked += 1
        return self.go_on.wait(PATIENCE)

    @property
    def hangs(self) -> bool:
        return not self.go_on.is_set()


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """Checks that do not hang have answered whenever the time for answers, here short, is over."""
    check, wait = Hanging(), probes.wait

    def wait_for_others(answers: Collection[Future[bool]], timeout: float) -> Any:
        until(lambda: sum(not answer.done() for answer in answers) <= check.hangs)
        return wait(answers, timeout)

    monkeypatch.setattr(probes, "wait", wait_for_others)
    monkeypatch.setattr(probes, "ANSWER_WITHIN", 0.05)
    yield check
    check.go_on.set()


def test_a_check_that_hangs_is_asked_once_and_leaves_the_others_their_answer(
    check: Hanging, caplog: pytest.LogCaptureFixture
) -> None:
    both = [Probe("slow", check), Probe("quick", lambda: True)]
    for _ in range(5):
        assert ask(both) == {"slow": False, "quick": True}
    assert check.asked == 1
    assert caplog.text.count("slow: no answer in ") == 1  # and not each time


def test_a_check_that_hung_is_asked_again_once_it_has_ended(
    check: Hanging, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    slow = Probe("slow", check)
    assert ask([slow]) == {"slow": False}
    check.go_on.set()
    assert slow.start().result(PATIENCE)
    assert ask([slow]) == {"slow": True}
    assert check.asked >= 2
    assert caplog.messages[-1] == "slow: answers again"


def test_a_check_that_raises_fails_without_a_traceback_or_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refused() -> bool:
        raise ConnectionError("redis://:password@queue")

    assert ask([Probe("queue", refused)]) == {"queue": False}
    assert [(each.exc_info, each.getMessage()) for each in caplog.records] == [
        (None, "queue: ConnectionError")
    ]
