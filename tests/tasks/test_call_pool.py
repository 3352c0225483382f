"""Calls to one provider: threads, rate, pauses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from generations.providers.base import Provider
from generations.providers.errors import ProviderUnavailableError
from generations.tasks.call_pool import CallResult, ProviderCallPool


@pytest.fixture
def results() -> SimpleQueue[CallResult]:
    return SimpleQueue()


def make_pool(
    results: SimpleQueue[CallResult],
    query_rate: float = 100,
    alias: str = "a",
    clock: Callable[[], float] = time.monotonic,
) -> ProviderCallPool:
    return ProviderCallPool(alias, Provider(alias=alias, query_rate=query_rate), results, clock)


class Clock:
    """Stands still, but for what is added to `now`."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def calls_made(pool: ProviderCallPool) -> int:
    """How many calls there is room for, made one by one; each is over at once."""
    made = 0
    while pool.capacity():
        pool.call("poll", made, made, lambda: None)
        pool.in_flight.discard(made)
        made += 1
    return made


def test_an_outcome_arrives_with_its_subject(results: SimpleQueue[CallResult]) -> None:
    make_pool(results).call("poll", 1, "row", lambda: "done")

    assert results.get(timeout=60) == CallResult("a", "poll", "row", value="done")


def test_what_is_raised_arrives_too(results: SimpleQueue[CallResult]) -> None:
    error = ProviderUnavailableError()

    def fails() -> None:
        raise error

    make_pool(results).call("poll", 1, "row", fails)

    assert results.get(timeout=60).error is error


def test_a_provider_that_hangs_fills_its_own_threads_alone(
    results: SimpleQueue[CallResult],
) -> None:
    released = threading.Event()
    hanging, healthy = make_pool(results, alias="hanging"), make_pool(results, alias="healthy")
    for number in range(hanging.max_threads):
        hanging.call("poll", number, number, released.wait)

    healthy.call("poll", 1, "row", lambda: "done")

    assert results.get(timeout=60).alias == "healthy"
    released.set()


def test_no_more_calls_are_made_than_the_rate_allows(results: SimpleQueue[CallResult]) -> None:
    clock = Clock()
    pool = make_pool(results, query_rate=5, clock=clock)
    made = []
    for seconds in (0, 0.25, 0.25, 0.25, 0.25, 1, 60):  # a fifth of a second brings one call
        clock.now += seconds
        made.append(calls_made(pool))

    assert made == [1, 1, 1, 1, 2, 5, 5]


def test_a_slow_rate_is_kept_too(results: SimpleQueue[CallResult]) -> None:
    clock = Clock()
    pool = make_pool(results, query_rate=0.5, clock=clock)
    made = []
    for _ in range(6):
        made.append(calls_made(pool))
        clock.now += 1

    assert made == [1, 0, 1, 0, 1, 0]


def test_calls_in_flight_count(results: SimpleQueue[CallResult]) -> None:
    pool = make_pool(results, query_rate=1000)
    pool.tokens = 1000
    released = threading.Event()
    before = pool.capacity()
    for number in range(10):
        pool.call("poll", number, number, released.wait)

    assert pool.capacity() == before - 10
    released.set()


def outage() -> ProviderUnavailableError:
    return ProviderUnavailableError(outage=True)


def test_five_failures_in_a_row_open_the_breaker(results: SimpleQueue[CallResult]) -> None:
    pool = make_pool(results)
    for _ in range(5):
        assert pool.capacity()
        pool.done("x", outage())

    assert pool.capacity() == 0


def test_after_the_pause_one_probe_is_sent(results: SimpleQueue[CallResult]) -> None:
    pool = make_pool(results)
    for _ in range(5):
        pool.done("x", outage())
    pool.paused_until = 0

    assert pool.capacity() == 1


def test_one_answer_closes_the_breaker(results: SimpleQueue[CallResult]) -> None:
    pool = make_pool(results)
    for error in (*[outage()] * 4, None, *[outage()] * 4):
        pool.done("x", error)
    pool.tokens = 50

    assert pool.capacity() > 1


def test_being_told_to_slow_down_is_no_failure_but_is_obeyed(
    results: SimpleQueue[CallResult],
) -> None:
    pool = make_pool(results)
    told: Any = ProviderUnavailableError(retry_after=30)
    pool.done("x", told)

    assert pool.failures == 0
    assert pool.capacity() == 0
