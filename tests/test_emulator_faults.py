"""Every fault of a create and a poll does what its name says, and the count stays true."""

from __future__ import annotations

import json
import socket
import time

import pytest
import requests

from tests.emulator import Emulator, calls, presets
from tests.emulator.calls import CREATES, WORDS, create, every_protocol, made, poll, word
from tests.waiting import until

# What a broken answer looks like from outside: a status, `timeout` or `broken`.
LOOKS = {
    "500 empty": 500,
    "502 html": 502,
    "504 html": 504,
    "413 html": 413,
    "403 html": 403,
    "403 empty": 403,
    "405 html": 405,
    "520 html": 520,
    "521 html": 521,
    "522 html": 522,
    "redirect": 302,
    "hang": "timeout",
    "header drip": 200,
    "body drip": 200,
    "cut": "broken",
    "reset before": "broken",
    "reset after": "broken",
    "reset in body": "broken",
    "close": "broken",
}


@every_protocol
@pytest.mark.parametrize("name", presets.REFUSALS)
def test_a_refused_create_is_not_charged(emulator: Emulator, protocol: str, name: str) -> None:
    fault = emulator.fail("create", name)
    no = create(emulator, protocol)
    assert isinstance(no, requests.Response)
    assert no.status_code == fault.status
    assert no.headers["content-type"].startswith("application/json")
    assert json.dumps(fault.message, ensure_ascii=False)[1:-1] in no.text
    assert no.headers.get("retry-after") == fault.headers.get("Retry-After")
    assert (len(emulator.creates), emulator.charged) == (1, 0)


@pytest.mark.parametrize("verb", ["create", "poll"])
@pytest.mark.parametrize("name", presets.BROKEN)
def test_a_broken_answer_looks_as_told(
    emulator: Emulator, verb: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = made(emulator)
    if name == "hang":
        monkeypatch.setattr(calls, "TIMEOUT", 0.5)
    before = emulator.charged
    fault = emulator.fail(verb, name, every=0.0005)
    seen = create(emulator) if verb == "create" else poll(emulator, task_id)
    expected = LOOKS.get(name, 200)
    assert (seen.status_code if isinstance(seen, requests.Response) else seen) == expected
    # Who gives up may be faster than the service.
    until(lambda: emulator.charged - before == (verb == "create" and fault.charge))


@pytest.mark.parametrize(
    "name", ["200 html", "empty", "truncated json", "10 MB json", "invalid utf-8", "200 without id"]
)
def test_a_spoilt_200_holds_no_task_id(emulator: Emulator, name: str) -> None:
    emulator.fail("create", name)
    answer = create(emulator)
    assert isinstance(answer, requests.Response)
    (task_id,) = emulator.tasks
    assert task_id.encode() not in answer.content
    if name == "10 MB json":
        assert len(answer.content) > 10_000_000
        assert json.loads(answer.content)


def test_a_drip_takes_longer_than_a_read_timeout_allows_for(emulator: Emulator) -> None:
    emulator.fail("create", "header drip", every=0.01)
    start = time.monotonic()
    assert isinstance(create(emulator), requests.Response)
    assert time.monotonic() - start > 0.5  # the timeout of one read


def test_a_reset_is_a_real_one(emulator: Emulator) -> None:
    emulator.fail("create", "reset before")
    path, body = CREATES["dashscope"]
    raw = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", emulator.port)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n\r\n"
        connection.sendall(head.encode() + raw)
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


@every_protocol
@pytest.mark.parametrize("name", presets.LATE)
def test_an_accepted_task_can_fail_late(emulator: Emulator, protocol: str, name: str) -> None:
    fault = emulator.fail("create", name)
    answer = create(emulator, protocol)
    assert isinstance(answer, requests.Response) and answer.ok
    emulator.advance(10)
    polled = poll(emulator, next(iter(emulator.tasks)), protocol)
    assert isinstance(polled, requests.Response) and polled.status_code == 200
    assert fault.failure and fault.failure[0] in polled.text and fault.failure[1] in polled.text


@every_protocol
def test_a_poll_may_say_an_unheard_of_word(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "unheard word")
    assert word(poll(emulator, task_id, protocol), protocol) == "POLISHING"
    assert word(poll(emulator, task_id, protocol), protocol) == WORDS[protocol][2]


def test_flapping_goes_back_and_forth(emulator: Emulator) -> None:
    task_id = made(emulator)
    emulator.fail("poll", "flapping")
    said = [word(poll(emulator, task_id), "dashscope") for _ in range(7)]
    assert said == ["RUNNING", "PENDING"] * 3 + ["SUCCEEDED"]


def test_a_storm_of_429_passes(emulator: Emulator) -> None:
    task_id = made(emulator)
    emulator.fail("poll", "429 storm")
    codes = [getattr(poll(emulator, task_id), "status_code", 0) for _ in range(21)]
    assert codes == [429] * 20 + [200]


@every_protocol
def test_a_finished_task_may_come_without_a_url(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "without url")
    answer = poll(emulator, task_id, protocol)
    assert isinstance(answer, requests.Response)
    assert word(answer, protocol) == WORDS[protocol][2]
    assert "/results/" not in answer.text


@every_protocol
def test_another_id_may_be_echoed(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "wrong id")
    answer = poll(emulator, task_id, protocol)
    assert isinstance(answer, requests.Response)
    assert "00000000dead" in answer.text and f'"{task_id}"' not in answer.text


def test_a_fault_finds_its_prompt_its_task_and_its_turn(emulator: Emulator) -> None:
    emulator.fail("create", "500", prompt="boat", skip=1, times=2)
    codes = [getattr(create(emulator), "status_code", 0) for _ in range(5)]
    assert codes == [200, 500, 500, 200, 200]
    emulator.fail("create", "500", prompt="a cat", times=None)
    assert getattr(create(emulator), "status_code", 0) == 200
    first, second, *_ = emulator.tasks
    emulator.fail("poll", "502 html", task=second)
    assert getattr(poll(emulator, first), "status_code", 0) == 200
    assert getattr(poll(emulator, second), "status_code", 0) == 502


def test_a_fault_of_one_protocol_spares_the_others(emulator: Emulator) -> None:
    emulator.fail("create", "500", protocol="relay", times=None)
    codes = {name: getattr(create(emulator, name), "status_code", 0) for name in CREATES}
    assert codes == {"dashscope": 200, "mulerouter": 202, "vtrix": 200, "relay": 500}


def test_a_misspelt_fault_is_no_fault() -> None:
    with pytest.raises(ValueError, match="no fault is called"):
        Emulator().fail("create", "reste after")
    with pytest.raises(ValueError, match="a fault has no"):
        Emulator().fail("create", statsu=500)
