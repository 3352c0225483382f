"""One service's desk: slots, rate, quiet times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from generations.providers.base import Provider, ProviderUnavailableError
from generations.tasks.call_pool import CallResult, ProviderCallPool


@pytest.fixture
def answers() -> SimpleQueue[CallResult]:
    return SimpleQueue()


def desk(
    answers: SimpleQueue[CallResult],
    query_rate: float = 100,
    alias: str = "a",
    clock: Callable[[], float] = time.monotonic,
) -> ProviderCallPool:
    return ProviderCallPool(alias, Provider(alias=alias, query_rate=query_rate), answers, clock)


class Clock:
    """Stands still, but for what is added to `now`."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def made_now(service: ProviderCallPool) -> int:
    """How many calls there is room for, made one by one; each is over at once."""
    made = 0
    while service.room():
        service.call("poll", made, made, lambda: None)
        service.busy.discard(made)
        made += 1
    return made


def test_an_outcome_arrives_with_its_subject(answers: SimpleQueue[CallResult]) -> None:
    desk(answers).call("poll", 1, "row", lambda: "done")

    assert answers.get(timeout=5) == CallResult("a", "poll", "row", result="done")


def test_what_is_raised_arrives_too(answers: SimpleQueue[CallResult]) -> None:
    error = ProviderUnavailableError()

    def fails() -> None:
        raise error

    desk(answers).call("poll", 1, "row", fails)

    assert answers.get(timeout=5).error is error


def test_a_service_that_hangs_fills_its_own_slots_alone(answers: SimpleQueue[CallResult]) -> None:
    released = threading.Event()
    hanging, healthy = desk(answers, alias="hanging"), desk(answers, alias="healthy")
    for number in range(hanging.slots):
        hanging.call("poll", number, number, released.wait)

    healthy.call("poll", 1, "row", lambda: "done")

    assert answers.get(timeout=5).alias == "healthy"
    released.set()


def test_no_more_calls_are_made_than_the_rate_allows(answers: SimpleQueue[CallResult]) -> None:
    clock = Clock()
    service = desk(answers, query_rate=5, clock=clock)
    made = []
    for seconds in (0, 0.25, 0.25, 0.25, 0.25, 1, 60):  # a fifth of a second brings one call
        clock.now += seconds
        made.append(made_now(service))

    assert made == [1, 1, 1, 1, 2, 5, 5]


def test_a_slow_rate_is_kept_too(answers: SimpleQueue[CallResult]) -> None:
    clock = Clock()
    service = desk(answers, query_rate=0.5, clock=clock)
    made = []
    for _ in range(6):
        made.append(made_now(service))
        clock.now += 1

    assert made == [1, 0, 1, 0, 1, 0]


def test_calls_in_flight_take_up_room(answers: SimpleQueue[CallResult]) -> None:
    service = desk(answers, query_rate=1000)
    service.tokens = 1000
    released = threading.Event()
    before = service.room()
    for number in range(10):
        service.call("poll", number, number, released.wait)

    assert service.room() == before - 10
    released.set()


def outage() -> ProviderUnavailableError:
    return ProviderUnavailableError(outage=True)


def test_five_failures_in_a_row_keep_it_quiet(answers: SimpleQueue[CallResult]) -> None:
    service = desk(answers)
    for _ in range(5):
        assert service.room()
        service.done("x", outage())

    assert service.room() == 0


def test_after_the_quiet_one_probe_goes_out(answers: SimpleQueue[CallResult]) -> None:
    service = desk(answers)
    for _ in range(5):
        service.done("x", outage())
    service.quiet_until = 0

    assert service.room() == 1


def test_one_answer_ends_the_count(answers: SimpleQueue[CallResult]) -> None:
    service = desk(answers)
    for error in (*[outage()] * 4, None, *[outage()] * 4):
        service.done("x", error)
    service.tokens = 50

    assert service.room() > 1


def test_being_told_to_slow_down_is_no_failure_but_kept(answers: SimpleQueue[CallResult]) -> None:
    service = desk(answers)
    told: Any = ProviderUnavailableError(retry_after=30)
    service.done("x", told)

    assert service.failures == 0
    assert service.room() == 0
