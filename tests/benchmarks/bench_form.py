"""From the press of the button: how soon the page answers, and the service hears of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import redis

from tests.emulator.client import EmulatorProcess

from .clients import Answer, Client
from .conftest import Database
from .report import Report, p95
from .rows import fill_running
from .studio import Studio

Start = Callable[..., Studio]
MODEL = "dashscope/wan2.2-t2v-plus"
BESIDE = (
    "The bar is half of the commit before. Polling adds less than a millisecond to the median; the"
    " rest is the post itself, with two processors for client, web, worker and service."
)
QUICK_FILTERS = {"DASHSCOPE_MAX_OPEN": 1_000_000, "DASHSCOPE_SUBMIT_EVERY": 0}


def services(emulator: EmulatorProcess) -> dict[str, object]:
    return {"DASHSCOPE_BASE_URL": emulator.base_url, "DASHSCOPE_API_KEY": emulator.key}


def ask(client: Client, prompt: str) -> Answer:
    fields = {"id": str(uuid4()), "model": MODEL, "prompt": prompt, "size": "832x480"}
    fields |= {"prompt_extend": "on", "resolution": "720P"}
    answer = client.post("/", fields)
    assert answer.headers.get("X-Accepted"), answer.body[:1000]
    return answer


def pressed(client: Client, prompt: str) -> Answer:
    """One press, and the moment until the next one, in which the worker sends it."""
    answer = ask(client, prompt)
    time.sleep(0.1)
    return answer


@pytest.mark.parametrize("polled", [0, 50])
def test_the_form_is_answered(
    home: Database, start: Start, before: Start | None, report: Report, polled: int
) -> None:
    ours = answered(start, polled)
    theirs = answered(before, polled) if before else []
    half = p95(theirs) / 2 if theirs else None
    what = f"Form POST, answered, beside a worker that polls {polled}"
    bar = half if polled else 25
    report.add(what, home.name, ours, "ms", bar=bar, naive=theirs, why=BESIDE if polled else "")


def answered(start: Start, polled: int) -> list[float]:
    """Milliseconds of each answer to a press."""
    with EmulatorProcess(seconds=3600) as emulator:
        studio = start(**services(emulator), **QUICK_FILTERS, DASHSCOPE_QUERY_RATE=20)
        ((person, session),) = studio.people(1)
        if polled:
            tasks = emulator.add_many_foreign([{"created": time.time() - 60}] * polled)
            fill_running(studio.database, [person], tasks, emulator.base_url, 3)
        studio.worker()
        studio.web()
        client = Client(studio.url, session)
        client.sign()
        time.sleep(3)
        answers = [pressed(client, f"answered {number}") for number in range(45)]
        studio.stop()
    return [answer.seconds * 1000 for answer in answers[5:]]


@pytest.fixture(params=["database", "Redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Its name, and the address of an empty Redis database, emptied again afterwards.

    Nothing is emptied that somebody uses and TEST_REDIS_URL does not name.
    """
    if request.param == "database":
        yield request.param, ""
        return
    named = os.environ.get("TEST_REDIS_URL")
    address = named or "redis://127.0.0.1:6379/13"
    database = redis.Redis.from_url(address)
    try:
        if database.dbsize() and not named:
            pytest.skip(f"{address} is in use; TEST_REDIS_URL names one that may be emptied")
    except redis.RedisError:
        pytest.skip("no Redis answers; TEST_REDIS_URL names one")
    database.flushdb()
    yield request.param, address
    database.flushdb()


def test_the_service_hears(
    broker: tuple[str, str], home: Database, start: Start, report: Report
) -> None:
    name, address = broker
    if name == "Redis" and home.name != "SQLite":
        pytest.skip("the broker is measured once")
    with EmulatorProcess(seconds=3600) as emulator:
        studio = start(**services(emulator), **QUICK_FILTERS, REDIS_URL=address)
        ((_, session),) = studio.people(1)
        studio.worker()
        studio.web()
        client = Client(studio.url, session)
        client.sign()
        sent = {}
        for number in range(18):
            prompt = f"idle {number}"
            sent[prompt] = time.time()
            ask(client, prompt)
            time.sleep(0.35 + 0.21 * (number % 3) / 3)
        time.sleep(1)
        came = {seen["body"]["input"]["prompt"]: seen["at"] for seen in emulator.requests("create")}
    values = [(came[prompt] - at) * 1000 for prompt, at in sent.items()][3:]
    bar = 200 if name == "Redis" else 500
    what = f"Form POST to the service's create arriving, idle, {name} as broker"
    report.add(what, home.name, values, "ms", bar=bar)
