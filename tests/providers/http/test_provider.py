"""The base of the adapters: what the contract cannot say adapter by adapter."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generations.decoders.bounds import MAX_BYTES
from generations.models import LEASE, UPLOAD_LEASE, Status
from generations.providers.base import SourceImage, VideoRequest
from generations.providers.dashscope import DashScope
from generations.providers.errors import (
    DownloadError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRejectedError,
    SubmitInterruptedError,
)
from generations.tasks.submit import SUBMIT_DEADLINE
from tests.providers.contract.base import PROMPT
from tests.providers.http.calls import ASK, HOSTILE, failure, make
from tests.providers.server import Server, Step, answer


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


@pytest.mark.parametrize("task", ["", ".", "..", "a\nb", "a\x00", "a" * 256, None, {}, [], True])
def test_an_id_that_cannot_be_one_is_doubt(server: Server, task: Any) -> None:
    server.then(answer(200, {"output": {"task_id": task}}))
    with pytest.raises(OutcomeUnknownError):
        make(server).submit(ASK, deadline=time.monotonic() + 60)


def test_a_number_may_be_an_id(server: Server) -> None:
    server.then(answer(200, {"output": {"task_id": 42}}))
    assert make(server).submit(ASK, deadline=time.monotonic() + 60) == "42"


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_is_none_surprises_nobody(server: Server, url: str) -> None:
    task = {"task_id": "t-1", "task_status": "SUCCEEDED", "video_url": url}
    server.then(answer(200, {"output": task}))
    found = make(server).poll("t-1", ASK.model)
    assert found.state == "succeeded"
    with pytest.raises(DownloadError):
        make(server).download(found.video_url, io.BytesIO())


# A body that takes its time


def with_picture(size: int) -> VideoRequest:
    image = SourceImage(content=bytes(size), content_type="image/png")
    return VideoRequest(model="wan2.2-i2v-flash", prompt=PROMPT, size="480P", image=image)


@pytest.fixture
def stall(server: Server) -> Iterator[Callable[..., None]]:
    """`stall(step)`: the server reads the head of a request, does `step`, and reads no more.

    It closes the connection after `seconds`.
    """
    over = threading.Event()

    def begin(step: Step, seconds: float = 60) -> None:
        def greet(sock: socket.socket) -> None:
            sock.recv(1000)
            step(sock)
            over.wait(seconds)

        server.greet = greet

    yield begin
    over.set()


def early(step: Step) -> Step:
    """An answer, and the end of all answers, while the body is still under way."""

    def end(sock: socket.socket) -> None:
        step(sock)
        sock.shutdown(socket.SHUT_WR)

    return end


def test_the_time_to_send_grows_with_the_body_and_the_answer_has_its_own(server: Server) -> None:
    provider = make(server)
    for size, least in [(0, 10), (9_500_000, 260)]:
        prepared = provider._create(with_picture(size))
        before = time.monotonic()
        call = provider._sending(prepared, None)
        assert before + least <= call.ends_at < time.monotonic() + least + 5
        assert call.answer_seconds == 30


def test_the_claim_outlasts_every_deadline_of_the_largest_body() -> None:
    answered = SUBMIT_DEADLINE + DashScope.send_seconds + DashScope.submit_seconds
    assert LEASE[Status.SUBMITTING].total_seconds() >= answered
    body = MAX_BYTES * 4 / 3 + 20_000  # base64, and the texts
    assert UPLOAD_LEASE.total_seconds() >= body / DashScope.slowest_upload


def test_a_body_that_takes_too_long_is_cut_and_was_not_sent(
    server: Server, stall: Callable[..., None], expire_deadlines: Callable[[], None]
) -> None:
    stall(lambda _: expire_deadlines())
    error = failure(make(server), with_picture(12_000_000))
    assert (type(error), error.code, error.outage) == (
        ProviderUnavailableError,
        ErrorCode.UNREACHABLE,
        True,
    )
    assert "while sending" in error.detail
    assert not server.seen


def test_a_stop_cuts_the_body_and_says_so(server: Server, stall: Callable[..., None]) -> None:
    def stop() -> None:
        raise SubmitInterruptedError(detail="told to stop")

    stall(lambda _: None)
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
    server: Server, stall: Callable[..., None], status: int, body: Any, expected: type
) -> None:
    stall(early(answer(status, body)), 0.2)
    assert type(failure(make(server), with_picture(12_000_000))) is expected
    assert server.connections == 1


def test_an_id_that_comes_before_the_end_is_an_id(
    server: Server, stall: Callable[..., None]
) -> None:
    stall(early(answer(200, {"output": {"task_id": "t-1"}})), 0.2)
    provider = make(server)
    assert provider.submit(with_picture(12_000_000), deadline=time.monotonic() + 60) == "t-1"
