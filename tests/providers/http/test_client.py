"""The base of the adapters: what the contract cannot say adapter by adapter."""

from __future__ import annotations

import io
import json
import logging
import pickle
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from generations.decoders.bounds import MAX_BYTES
from generations.models import LEASE, UPLOAD_LEASE, Status
from generations.providers.base import (
    DownloadError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRejectedError,
    SourceImage,
    SubmitInterruptedError,
    VideoRequest,
)
from generations.providers.dashscope import DashScope
from generations.providers.http.error_codes import passed_on
from generations.providers.http.response import percent, retry_after, unix_time
from generations.tasks.submit import SUBMIT_DEADLINE
from tests.providers.contract import CANARY, PROMPT
from tests.providers.server import Server, Step, answer, truncate

ASK = VideoRequest(model="wan2.2-t2v-plus", prompt="a cat", size="832x480")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def make(server: Server, **options: Any) -> DashScope:
    return DashScope(**{"alias": "here", "api_key": CANARY, "base_url": server.url} | options)


def running(task: str = "t-1") -> Any:
    return answer(200, {"output": {"task_id": task, "task_status": "RUNNING"}}, keep=True)


def test_the_numbers_of_an_account_may_be_set(server: Server) -> None:
    assert make(server).max_open == 2
    provider = make(server, max_open=200, submit_every=0, poll_every=1, query_rate=5)
    numbers = provider.max_open, provider.submit_every, provider.poll_every, provider.query_rate
    assert numbers == (200, 0, 1, 5)


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "ftp://a.example"},
        {"base_url": "a.example"},
        {"base_url": "https://"},
        {"base_url": "https://user:pw@a.example"},
        {"base_url": "https://a.example/?x=1"},
        {"api_key": ""},
        {"api_key": "two words"},
        {"api_key": "line\nbreak"},
        {"api_key": "schlüssel"},
    ],
)
def test_options_that_cannot_work_are_refused_at_once(
    server: Server, options: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="API key|base URL") as caught:
        make(server, **options)
    assert "schlüssel" not in str(caught.value) and "pw" not in str(caught.value)


def test_many_threads_poll_at_once_and_each_hears_of_its_own_task(server: Server) -> None:
    server.choose = lambda seen: running(seen.path.rpartition("/")[2])
    provider, answers = make(server), []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(provider.poll(f"t-{n}", ASK.model)))
        for n in range(32)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [task.state for task in answers] == ["running"] * 32


def test_a_service_that_hangs_holds_nobody_else_up(server: Server) -> None:
    """The first call is answered only when the second has been."""
    provider, released, states = make(server), threading.Event(), []

    def when_released(sock: socket.socket) -> None:
        released.wait()
        running()(sock)

    server.then(when_released, running())
    slow = threading.Thread(target=lambda: states.append(provider.poll("t-1", "m").state))
    slow.start()
    while not server.seen:
        time.sleep(0.01)
    assert provider.poll("t-1", "m").state == "running"
    assert states == []
    released.set()
    slow.join()
    assert states == ["running"]


def test_an_error_can_be_printed_with_its_whole_story_without_a_secret(server: Server) -> None:
    server.then(truncate)
    with pytest.raises(OutcomeUnknownError) as caught:
        make(server).submit(ASK, deadline=time.monotonic() + 9)
    story = "".join(traceback.format_exception(caught.value))
    assert CANARY not in story and "video-synthesis" not in story
    assert caught.value.__context__ is None
    assert CANARY.encode() not in pickle.dumps(caught.value.provider_data)


def test_one_line_tells_about_each_call(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    body = {"request_id": "r-1\nforged line", "output": {"task_id": "t-1", "task_status": "X"}}
    server.then(answer(200, body))
    make(server).submit(ASK, deadline=time.monotonic() + 9)
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("here submit 200 in ")
    assert lines[0].endswith(" ms, task -, request r-1?forged?line")
    assert lines[1] == "here accepted as t-1"


def test_a_poll_that_was_answered_is_a_line_for_debugging_alone(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "generations")
    provider = make(server)
    server.then(answer(200, {"output": {"task_id": "t-1", "task_status": "RUNNING"}}))
    server.then(answer(503, {}))
    provider.poll("t-1", ASK.model)
    with pytest.raises(ProviderUnavailableError):
        provider.poll("t-1", ASK.model)
    levels = [each.levelname for each in caplog.records if "here poll" in each.getMessage()]
    assert levels == ["DEBUG", "INFO"]


def test_an_id_beside_a_server_error_is_kept_for_staff(server: Server) -> None:
    server.then(answer(500, {"output": {"task_id": "t-1"}}))
    with pytest.raises(OutcomeUnknownError) as caught:
        make(server).submit(ASK, deadline=time.monotonic() + 9)
    assert caught.value.provider_data["remote_id"] == "t-1"


@pytest.mark.parametrize("task", ["", ".", "..", "a\nb", "a\x00", "a" * 256, None, {}, [], True])
def test_an_id_that_cannot_be_one_is_doubt(server: Server, task: Any) -> None:
    server.then(answer(200, {"output": {"task_id": task}}))
    with pytest.raises(OutcomeUnknownError):
        make(server).submit(ASK, deadline=time.monotonic() + 9)


def test_a_number_may_be_an_id(server: Server) -> None:
    server.then(answer(200, {"output": {"task_id": 42}}))
    assert make(server).submit(ASK, deadline=time.monotonic() + 9) == "42"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("1e3", None),
        ("٣", None),
        ("9" * 400, 600),
        ("Sat, 01 Jan 2000 00:01:00 GMT", 60),
        ("Sat, 01 Jan 2000 00:01:00 -0000", None),
        ("Fri, 31 Dec 1999 00:00:00 GMT", None),
        ("Sat, 99 Jan 2000 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_or_ignored(value: str, seconds: float | None) -> None:
    assert retry_after(value, datetime(2000, 1, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (1753621515, "2025-07-27T13:05:15+00:00"),
        (1753621515212, "2025-07-27T13:05:15.212000+00:00"),
        (0, ""),
        (-1, ""),
        (True, ""),
        ("1753621515", ""),
        (10**400, ""),
        (float("nan"), ""),
    ],
)
def test_times_are_told_in_one_form_or_not_at_all(value: Any, iso: str) -> None:
    assert unix_time(value) == iso


@pytest.mark.parametrize(("value", "share"), [("100%", 100), ("30.4%", 30), ("-3%", None)])
def test_percent_reads_texts(value: str, share: int | None) -> None:
    assert percent(value) == share


HOSTILE = ["https://[::1/", "//[", "http://a:99999999/", "/\\[", "https://a b/"]


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_is_none_surprises_nobody(server: Server, url: str) -> None:
    task = {"task_id": "t-1", "task_status": "SUCCEEDED", "video_url": url}
    server.then(answer(200, {"output": task}))
    found = make(server).poll("t-1", ASK.model)
    assert found.state == "succeeded"
    with pytest.raises(DownloadError):
        make(server).download(found.video_url, io.BytesIO())


@pytest.mark.parametrize("url", [*HOSTILE, "", "http://127.0.0.1:1/", "file:///etc/passwd"])
def test_a_poll_follows_no_redirect_to_elsewhere(server: Server, url: str) -> None:
    server.then(answer(302, headers={"Location": url}))
    with pytest.raises(ProviderUnavailableError):
        make(server).poll("t-1", ASK.model)


def test_a_poll_that_is_sent_in_circles_ends(server: Server) -> None:
    server.then(answer(302, headers={"Location": "/again"}))
    with pytest.raises(ProviderUnavailableError) as caught:
        make(server).poll("t-1", ASK.model)
    assert caught.value.detail == "too many redirects"
    assert len(server.seen) == 4


# A body that takes its time


def with_picture(size: int) -> VideoRequest:
    image = SourceImage(content=bytes(size), content_type="image/png")
    return VideoRequest(model="wan2.2-i2v-flash", prompt=PROMPT, size="480P", image=image)


def sleeps(sock: socket.socket) -> None:
    time.sleep(2)


def early(step: Step) -> Step:
    """ProviderResponse when the head is there, and close while the body is under way."""

    def greet(sock: socket.socket) -> None:
        sock.settimeout(20)
        sock.recv(1000)
        step(sock)
        sock.shutdown(socket.SHUT_WR)
        time.sleep(0.2)

    return greet


def failure(provider: DashScope, request: VideoRequest, **options: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        provider.submit(request, deadline=time.monotonic() + 20, **options)
    return caught.value


def test_the_time_to_send_grows_with_the_body_and_the_answer_has_its_own(server: Server) -> None:
    provider = make(server)
    for size, least in [(0, 10), (9_500_000, 260)]:
        prepared = provider._create(with_picture(size))
        call = provider._sending(prepared, None)
        assert least <= call.remaining < least + 5
        assert call.answer_seconds == 30


def test_the_claim_outlasts_every_deadline_of_the_largest_body() -> None:
    answered = SUBMIT_DEADLINE + DashScope.send_seconds + DashScope.submit_seconds
    assert LEASE[Status.SUBMITTING].total_seconds() >= answered
    body = MAX_BYTES * 4 / 3 + 20_000  # base64, and the texts
    assert UPLOAD_LEASE.total_seconds() >= body / DashScope.slowest_upload


def test_a_body_that_takes_too_long_is_cut_and_was_not_sent(server: Server) -> None:
    server.greet = sleeps
    provider = make(server)
    provider.send_seconds, provider.slowest_upload = 0.3, 1e9
    error = failure(provider, with_picture(12_000_000))
    assert (type(error), error.code, error.outage) == (
        ProviderUnavailableError,
        ErrorCode.UNREACHABLE,
        True,
    )
    assert "while sending" in error.detail
    assert not server.seen


def test_a_stop_cuts_the_body_and_says_so(server: Server) -> None:
    def stop() -> None:
        raise SubmitInterruptedError(detail="told to stop")

    server.greet = sleeps
    error = failure(make(server), with_picture(12_000_000), on_progress=stop)
    assert (type(error), error.detail) == (SubmitInterruptedError, "told to stop")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (413, b"<html>", RequestRejectedError),
        (502, b"<html>", ProviderUnavailableError),
        (500, {"code": "InternalError"}, ProviderUnavailableError),
        (200, {}, ProviderUnavailableError),
        (500, {"output": {"task_id": "t-1"}}, OutcomeUnknownError),
    ],
)
def test_who_answers_before_the_end_has_not_accepted(
    server: Server, status: int, body: Any, expected: type
) -> None:
    server.greet = early(answer(status, body))
    assert type(failure(make(server), with_picture(12_000_000))) is expected
    assert server.connections == 1


def test_an_id_that_comes_before_the_end_is_an_id(server: Server) -> None:
    server.greet = early(answer(200, {"output": {"task_id": "t-1"}}))
    provider = make(server)
    assert provider.submit(with_picture(12_000_000), deadline=time.monotonic() + 9) == "t-1"


# What gateways say in their own way


@pytest.mark.parametrize(
    ("code", "words", "read"),
    [
        ("x", '{"code":"Arrearage","message":"m"}', ("Arrearage", "m")),
        ("x", '{"error":{"code":"Arrearage","message":"m"}}', ("Arrearage", "m")),
        ("x", '{"message":"Arrearage: m"}', ("Arrearage", "m")),
        ("x", '{"message":"{\\"code\\":\\"Arrearage\\"}"}', ("Arrearage", "")),
        ("x", '{"a": 1}', ("x", '{"a": 1}')),
        ("x", "{" * 100_000, ("x", "{" * 100_000)),
        (
            "x",
            'no: {"code":"Arrearage","message":"m"}',
            ("x", 'no: {"code":"Arrearage","message":"m"}'),
        ),
        ("", "[]", ("", "[]")),
    ],
)
def test_the_answer_behind_a_gateway_is_read_out_of_its_words(
    code: str, words: str, read: tuple[str, str]
) -> None:
    assert passed_on(code, words) == read


def test_quotes_in_quotes_are_read_to_a_certain_depth() -> None:
    words = "m"
    for _ in range(5):
        words = json.dumps({"code": "y", "message": words})
    code, rest = passed_on("x", words)
    assert code == "y" and rest.startswith("{")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": 402, "msg": "Insufficient credits"}, ErrorCode.BILLING),
        ({"code": "401", "msg": "no"}, ErrorCode.AUTH),
        ({"code": 429, "msg": "slow down"}, ErrorCode.RATE),
        ({"code": 400, "msg": "size is wrong"}, ErrorCode.INPUT),
        ({"code": 500, "msg": "internal"}, ErrorCode.UNCONFIRMED),
        ({"code": 1, "msg": "queued"}, ErrorCode.UNCONFIRMED),
        ({"code": 0, "msg": "ok"}, ErrorCode.UNCONFIRMED),
        ({"msg": "queued"}, ErrorCode.UNCONFIRMED),
    ],
)
def test_a_status_in_the_body_of_a_200_counts_as_one(
    server: Server, body: Any, expected: ErrorCode
) -> None:
    server.then(answer(200, body))
    error = failure(make(server), ASK)
    assert error.code == expected
