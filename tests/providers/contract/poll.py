"""What is made of the answers to polls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generations.providers.base import RemoteState, RemoteTask
from generations.providers.errors import AccountRejectedError, ErrorCode, ProviderUnavailableError
from generations.providers.http.provider import HTTPProvider
from tests.providers.contract.base import (
    CANARY,
    ENDLESS,
    HTML,
    LONG,
    OK,
    Contract,
    assert_no_key,
    closed_port,
    cut_short,
    value_at,
    with_value,
)
from tests.providers.server import Json, Server, Step, answer, drip, hang, raw, reset, truncate

# The same for a poll: nothing but the service's own word ends a task.
POLL: dict[str, tuple[Step, bool]] = {  # and whether it counts as an outage
    "read timeout": (hang, True),
    "cut": (truncate, True),
    "reset": (reset, True),
    "garbage": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), True),
    "cut body": (raw(OK + b"Content-Length: 1000\r\n\r\n{"), True),
    "headers drip": (drip(OK + b"X-A: "), True),
    "body drips": (drip(OK + b"Content-Length: 900\r\n\r\n"), True),
    "body without length drips": (drip(OK + b"\r\n", b" "), True),
    "HTML with 200": (answer(200, HTML), True),
    "empty object": (answer(200, {}), True),
    "ten megabytes of JSON": (answer(200, LONG), True),
    "invalid UTF-8": (answer(200, b'{"task_id": "\xff\xfe"}'), True),
    "redirect": (answer(302, headers={"Location": "http://127.0.0.1:1/"}), False),
    "400": (answer(400, {"message": "no"}), False),
    "408": (answer(408), False),
    "429": (answer(429), False),
    "500": (answer(500), True),
    "502 in HTML": (answer(502, HTML), True),
    "503": (answer(503), True),
}


# What the four services, new-api and its kin say of a task.
WORDS = {
    **dict.fromkeys(("pending", "queued", "in_queue", "not_start", "submitted"), "pending"),
    **dict.fromkeys(("running", "processing", "in_progress", "retrying", "suspended"), "running"),
    **dict.fromkeys(("succeeded", "success", "completed", "done", "finished"), "succeeded"),
    **dict.fromkeys(("failed", "failure", "error", "cancelled", "canceled"), "failed"),
    "unknown": "gone",
}


class PollContract(Contract):
    def test_a_poll_asks_for_the_task_with_the_key(self, server: Server) -> None:
        server.then(self.told("running"))
        self.poll(self.make(server.url))
        seen = server.seen[0]
        assert (seen.method, seen.path, seen.body) == ("GET", self.poll_path, b"")
        assert seen.headers["authorization"] == f"Bearer {CANARY}"

    def test_polls_share_a_connection(self, server: Server) -> None:
        server.then(self.told("running"))
        provider = self.make(server.url)
        for _ in range(3):
            self.poll(provider)
        assert server.connections == 1

    def test_an_id_is_one_piece_of_the_path_whatever_it_holds(self, server: Server) -> None:
        server.then(self.told("running"))
        with pytest.raises(
            ProviderUnavailableError
        ):  # for the recorded answer is about another task
            self.make(server.url).poll("a/../b?c#d%", self.text_model)
        assert server.seen[0].path == self.poll_path.replace(
            self.remote_id, "a%2F..%2Fb%3Fc%23d%25"
        )

    @pytest.mark.parametrize(
        ("name", "state"),
        [
            ("pending", RemoteState.PENDING),
            ("running", RemoteState.RUNNING),
            ("succeeded", RemoteState.SUCCEEDED),
            ("failed", RemoteState.FAILED),
            ("gone", RemoteState.GONE),
        ],
    )
    def test_recorded_states_map_right(self, server: Server, name: str, state: RemoteState) -> None:
        server.then(self.told(name))
        assert self.poll(self.make(server.url)).state == state

    def test_every_word_of_the_service_maps_right(self, server: Server) -> None:
        provider = self.make(server.url)
        for word, state in self.states.items():
            assert self._polled_with(server, provider, word).state == state, word

    @pytest.mark.parametrize("word", WORDS)
    def test_the_words_of_all_services_are_understood_in_any_spelling(
        self, server: Server, word: str
    ) -> None:
        provider = self.make(server.url)
        spellings = {word, word.upper(), word.title().replace("_", ""), word.replace("_", " ")}
        for spelling in spellings:
            assert self._polled_with(server, provider, spelling).state == WORDS[word], spelling

    def _polled_with(self, server: Server, provider: HTTPProvider, word: str) -> RemoteTask:
        body = with_value(self.recorded("running")["body"], self.word_at, word)
        server.script.clear()
        server.then(answer(200, body, keep=True))
        return self.poll(provider)

    def test_an_unheard_of_word_keeps_it_running(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = with_value(self.recorded("running")["body"], self.word_at, "MEDITATING")
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert task.state == RemoteState.RUNNING
        assert task.provider_data["unknown_word"].upper() == "MEDITATING"
        assert "MEDITATING" in caplog.text.upper()

    def test_success_comes_with_the_url(self, server: Server) -> None:
        server.then(self.told("succeeded"))
        task = self.poll(self.make(server.url))
        assert task.video_url == value_at(self.recorded("succeeded")["body"], self.url_at)
        assert "Signature" not in json.dumps(task.provider_data)

    def test_success_without_a_url_is_success_without_a_url(self, server: Server) -> None:
        body = with_value(self.recorded("succeeded")["body"], self.url_at, None)
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert (task.state, task.video_url) == (RemoteState.SUCCEEDED, "")

    def test_failure_says_why(self, server: Server) -> None:
        server.then(self.told("failed"))
        task = self.poll(self.make(server.url))
        assert task.error_code == self.failed_code
        assert task.detail
        assert task.provider_data["answer"] == self.recorded("failed")["body"]

    def test_the_answer_about_another_task_is_not_taken(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = with_value(self.recorded("succeeded")["body"], self.id_at, "somebody-elses")
        server.then(answer(200, body))
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert "another task" in caplog.text

    @pytest.mark.parametrize("what", POLL)
    def test_what_happens_to_a_poll(
        self,
        server: Server,
        log: pytest.LogCaptureFixture,
        expire_deadlines: Callable[[], None],
        what: str,
    ) -> None:
        step, outage = POLL[what]
        server.then(cut_short(step, expire_deadlines) if what in ENDLESS else step)
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert (error.outage, error.account) == (outage, None)
        assert len(server.seen) == 1
        assert_no_key(error, log)

    @pytest.mark.parametrize("body", [b"", HTML])
    @pytest.mark.parametrize("status", [403, 405])
    def test_a_firewall_at_a_poll_says_nothing_about_the_account(
        self, server: Server, status: int, body: bytes
    ) -> None:
        server.then(answer(status, body))
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert (type(error), error.code) == (ProviderUnavailableError, ErrorCode.UNREACHABLE)
        assert error.account is None

    def test_a_key_that_may_not_ask_says_nothing_about_what_it_may_create(
        self, server: Server
    ) -> None:
        server.then(answer(403, {"message": "no right to query tasks"}))
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert (type(error), error.code, error.account) == (
            ProviderUnavailableError,
            ErrorCode.POLL,
            None,
        )

    @pytest.mark.parametrize("status", [401, 402])
    def test_a_poll_that_meets_an_account_matter_says_so(self, server: Server, status: int) -> None:
        server.then(answer(status))
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert type(error.account) is AccountRejectedError

    def test_polls_that_never_arrive_are_not_now(self) -> None:
        for url in (closed_port(), "http://nowhere.invalid"):
            error = self.failure(lambda url=url: self.poll(self.make(url)))
            assert type(error) is ProviderUnavailableError and error.outage

    def test_404_means_gone(self, server: Server) -> None:
        server.then(answer(404))
        task = self.poll(self.make(server.url))
        assert (task.state, task.error_code) == (RemoteState.GONE, ErrorCode.EXPIRED)

    @pytest.mark.parametrize("name", ["pending", "running", "succeeded", "failed", "refused"])
    def test_no_shape_of_answer_is_a_surprise(self, server: Server, name: str) -> None:
        """Each part of a recorded answer, replaced by something of another kind."""
        provider = self.make(server.url)
        for body in _twisted(self.recorded(name)["body"]):
            assert isinstance(provider.read_created(body), str)
            assert all(isinstance(each, str) for each in provider.read_error(body))
            reading = provider.read_task(body)
            assert isinstance(reading.video_url, str) and isinstance(reading.word, str)


def _twisted(body: Json) -> Iterator[Json]:
    for value in (None, True, -1, 10**400, "x", [], [None], {}, {"x": 1}, [[{}]], float("nan")):
        for path in _paths(body):
            yield with_value(body, path, value)


def _paths(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for step in steps:
        yield (*path, step)
        yield from _paths(body[step], (*path, step))
