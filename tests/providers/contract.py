"""What every adapter must do, whatever it speaks. Inherit, and fill in what is asked for.

    class TestMyService(ProviderContract):
        adapter = MyService
        ...

The answers are recorded ones, in `fixtures/<folder>/`; the network is real, on loopback.
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generations.providers.base import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderError,
    ProviderUnavailableError,
    RemoteState,
    RemoteTask,
    RequestRejectedError,
    SourceImage,
    VideoModel,
    VideoRequest,
)
from generations.providers.http.client import HTTPProvider
from tests.providers.server import Json, Server, Step, answer, drip, hang, raw, reset, truncate

FIXTURES = Path(__file__).parent / "fixtures"
CANARY = "sk-canary-0123456789abcdef"
PROMPT = "a paper boat crossing a puddle at dusk"
PICTURE = "https://pictures.example/first-frame.png"

OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"<html><body>Bad gateway</body></html>"
LONG = b'{"x": "' + b"a" * 10_000_000 + b'"}'

# What happens to a create, and what that proves.
SUBMIT = {
    "read timeout": (hang, OutcomeUnknownError),
    "cut after sending": (truncate, OutcomeUnknownError),
    "reset after sending": (reset, OutcomeUnknownError),
    "garbage": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), OutcomeUnknownError),
    "cut body": (
        raw(OK + b'Content-Length: 1000\r\n\r\n{"output": {"task_id'),
        OutcomeUnknownError,
    ),
    "truncated JSON": (answer(200, b'{"output": {"task_id": "1'), OutcomeUnknownError),
    "headers drip": (drip(OK + b"X-A: "), OutcomeUnknownError),
    "body drips": (drip(OK + b"Content-Length: 900\r\n\r\n"), OutcomeUnknownError),
    "body without length drips": (drip(OK + b"\r\n", b" "), OutcomeUnknownError),
    "HTML with 200": (answer(200, HTML), OutcomeUnknownError),
    "empty with 200": (answer(200), OutcomeUnknownError),
    "no content": (answer(204), OutcomeUnknownError),
    "a list with 200": (answer(200, [1, 2]), OutcomeUnknownError),
    "no id and no error": (answer(200, {"request_id": "1"}), OutcomeUnknownError),
    "ten megabytes of JSON": (answer(200, LONG), OutcomeUnknownError),
    "bottomless JSON": (answer(200, b"[" * 500_000), OutcomeUnknownError),
    "invalid UTF-8": (answer(200, b'{"task_id": "\xff\xfe"}'), OutcomeUnknownError),
    "redirect": (answer(307, headers={"Location": "http://127.0.0.1:1/"}), OutcomeUnknownError),
    "408": (answer(408, {"message": "timed out"}), OutcomeUnknownError),
    "500 without a body": (answer(500), OutcomeUnknownError),
    "502 in HTML": (answer(502, HTML), OutcomeUnknownError),
    "503 in HTML": (answer(503, HTML), OutcomeUnknownError),
    "504": (answer(504, b""), OutcomeUnknownError),
    "400 in HTML": (answer(400, HTML), OutcomeUnknownError),
    "413 in HTML": (answer(413, HTML), RequestRejectedError),
    "429 without a body": (answer(429), ProviderUnavailableError),
    "401": (answer(401), AccountRejectedError),
    "402": (answer(402), AccountRejectedError),
    "403": (answer(403), RequestRejectedError),
    "403 in HTML": (answer(403, HTML), RequestRejectedError),
    "405 in HTML": (answer(405, HTML), RequestRejectedError),
    "407": (answer(407), AccountRejectedError),
    "520 in HTML": (answer(520, HTML), OutcomeUnknownError),
    "521 in HTML": (answer(521, HTML), ProviderUnavailableError),
    "521 in JSON": (answer(521, {"message": "passed on"}), OutcomeUnknownError),
    "522 in HTML": (answer(522, HTML), OutcomeUnknownError),
    "404": (answer(404), AccountRejectedError),
}
QUOTED = json.dumps({"code": "Arrearage", "message": "not in good standing"})
# As the software of relays and gateways says it, whatever protocol it speaks otherwise.
SUBMIT |= {
    "a relay without a channel": (
        answer(503, {"error": {"message": "模型 wan 无可用渠道", "code": "model_not_found"}}),
        ProviderUnavailableError,
    ),
    "no valid channel": (
        answer(500, {"error": {"message": "no_valid_channel_error", "type": "api"}}),
        ProviderUnavailableError,
    ),
    "a model that is not there": (
        answer(404, {"error": {"message": "no such model", "code": "model_not_found"}}),
        AccountRejectedError,
    ),
    "a refusal in a message": (
        answer(400, {"code": "fail_to_fetch_task", "message": QUOTED}),
        AccountRejectedError,
    ),
    "a refusal in an error's message": (
        answer(400, {"error": {"code": "fail_to_fetch_task", "message": QUOTED}}),
        AccountRejectedError,
    ),
    "402 in the body of a 200": (
        answer(200, {"code": 402, "msg": "Insufficient credits"}),
        AccountRejectedError,
    ),
}
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


def reset_unread(sock: socket.socket) -> None:
    """Wait for the whole request, and close with an RST in place of reading it."""
    sock.settimeout(20)
    while not sock.recv(65_536, socket.MSG_PEEK).endswith(b"}"):
        time.sleep(0.01)
    reset(sock)


class ProviderContract:
    """Inherited by the tests of each adapter, which set what is declared here."""

    adapter: type[HTTPProvider]
    folder: str  # of the recorded answers
    remote_id: str  # in them
    paths: dict[str, str]  # model id -> path of the create
    poll_path: str  # for `remote_id` of `text_model`
    text_model: str
    image_model: str
    text_body: Json  # all that can be asked: PROMPT, "blurry", 832x480, seed 0, toggles off
    spare_text_body: Json  # the least: PROMPT, 1920x1080, toggles at their usual values
    image_body: Json  # PROMPT, PICTURE, 480P, and all that the model takes as in `text_body`
    size_at: tuple[Any, ...]  # where a size stands in the body
    states: dict[str, RemoteState]  # the service's words
    word_at: tuple[str, ...]  # where the word stands in the answer to a poll
    id_at: tuple[str, ...]  # where the id stands in it
    url_at: tuple[Any, ...]  # where the video's URL stands in it
    refused_code: ErrorCode  # of fixture "refused"
    failed_code: ErrorCode  # of fixture "failed"

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        with Server() as server:
            yield server

    # Helpers

    def recorded(self, name: str) -> Json:
        return json.loads((FIXTURES / self.folder / f"{name}.json").read_text())

    def told(self, name: str, **changes: Any) -> Step:
        """The recorded answer `name`; `changes` are status and headers."""
        kept = self.recorded(name) | changes
        return answer(kept["status"], kept["body"], kept.get("headers"), keep=True)

    def make(self, base_url: str, **options: Any) -> HTTPProvider:
        made = self.adapter(alias="here", api_key=CANARY, base_url=base_url, **options)
        made.submit_seconds = made.poll_seconds = 5
        return made

    def hasty(self, base_url: str) -> HTTPProvider:
        made = self.make(base_url)
        made.submit_seconds = made.poll_seconds = 0.3
        return made

    def ask(self, model: str = "", **changes: Any) -> VideoRequest:
        model = model or self.text_model
        image = SourceImage(url=PICTURE) if model == self.image_model else None
        size = "720P" if image else "1920x1080"
        return VideoRequest(
            **{"model": model, "prompt": PROMPT, "size": size, "image": image} | changes
        )

    def full(self, model: str, **changes: Any) -> VideoRequest:
        """All that `model` takes."""
        every = {
            "negative_prompt": "blurry",
            "seed": 0,
            "prompt_extend": False,
            "watermark": False,
        }
        size = "480P" if model == self.image_model else "832x480"
        accepts = self.model(model).accepts
        taken = {name: value for name, value in every.items() if name in accepts}
        return self.ask(model, **{"size": size} | taken | changes)

    def model(self, model: str) -> VideoModel:
        found = next(each for each in self.adapter.models if each.id == model)
        assert isinstance(found, VideoModel)
        return found

    def submit(self, provider: HTTPProvider, request: VideoRequest | None = None) -> str:
        return provider.submit(request or self.ask(), deadline=time.monotonic() + 20)

    def poll(self, provider: HTTPProvider) -> RemoteTask:
        return provider.poll(self.remote_id, self.text_model)

    # The create

    def test_one_post_goes_out_and_its_id_comes_back(self, server: Server) -> None:
        server.then(self.told("created"))
        assert self.submit(self.make(server.url)) == self.remote_id
        assert [(seen.method, seen.path) for seen in server.seen] == [
            ("POST", self.paths[self.text_model])
        ]

    def test_the_key_goes_in_the_header(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url))
        assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
        assert server.seen[0].headers["content-type"] == "application/json"

    def test_each_create_has_a_connection_of_its_own(self, server: Server) -> None:
        server.then(self.told("created"))
        provider = self.make(server.url)
        self.submit(provider)
        self.submit(provider)
        assert [seen.connection for seen in server.seen] == [1, 2]

    def test_all_that_can_be_asked_for_leaves_and_nothing_else(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.full(self.text_model))
        assert server.seen[0].json == self.text_body

    def test_what_was_not_given_stays_out(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.ask(size="1920x1080", negative_prompt="  "))
        assert server.seen[0].json == self.spare_text_body

    def test_a_picture_goes_where_the_protocol_wants_it(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.full(self.image_model))
        assert server.seen[0].path == self.paths[self.image_model]
        assert server.seen[0].json == self.image_body

    def test_an_uploaded_picture_goes_as_a_data_uri(self, server: Server) -> None:
        server.then(self.told("created"))
        image = SourceImage(content=b"\x89PNG", content_type="image/png")
        self.submit(self.make(server.url), self.full(self.image_model, image=image))
        uri = "data:image/png;base64,iVBORw=="
        expected = json.loads(json.dumps(self.image_body).replace(PICTURE, uri))
        assert server.seen[0].json == expected

    def test_every_size_in_the_services_spelling(self, server: Server) -> None:
        server.then(self.told("created"))
        provider = self.make(server.url)
        for size in self.model(self.text_model).sizes:
            self.submit(provider, self.ask(size=size))
        sent = [_at(seen.json, self.size_at) for seen in server.seen]
        assert sent == [size.replace("x", "*") for size in self.model(self.text_model).sizes]
        assert len(sent) == 8

    def test_chinese_goes_out_as_it_is(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.ask(prompt="一只小猫在月光下奔跑 🐈"))
        assert "一只小猫在月光下奔跑 🐈".encode() in server.seen[0].body

    @pytest.mark.parametrize(
        "changes",
        [
            {"size": "1280x720"},
            {"size": "1920*1080"},
            {"size": "1080P"},
            {"model": "wan9.9"},
            {"prompt": " "},
            {"prompt": "a" * 801},
            {"negative_prompt": "a" * 501},
            {"prompt": "\ud800"},
            {"image": SourceImage(url=PICTURE)},
        ],
        ids=repr,
    )
    def test_what_the_model_does_not_take_is_refused_unsent(
        self, server: Server, changes: Json
    ) -> None:
        server.then(self.told("created"))
        with pytest.raises(RequestRejectedError):
            self.submit(self.make(server.url), self.ask(**changes))
        assert server.connections == 0

    def test_options_the_models_do_not_take_are_refused_not_dropped(self, server: Server) -> None:
        server.then(self.told("created"))
        asked = {
            "negative_prompt": "blurry",
            "seed": 0,
            "prompt_extend": False,
            "watermark": True,
        }
        provider = self.make(server.url)
        for model in provider.models:
            for option, value in asked.items():
                if option not in model.accepts:
                    with pytest.raises(RequestRejectedError):
                        self.submit(provider, self.ask(model.id, **{option: value}))
        with pytest.raises(RequestRejectedError):
            self.submit(provider, self.ask(self.image_model, image=None))
        assert server.connections == 0

    def test_nothing_is_sent_after_the_deadline(self, server: Server) -> None:
        server.then(self.told("created"))
        with pytest.raises(ProviderUnavailableError):
            self.make(server.url).submit(self.ask(), deadline=time.monotonic() - 0.001)
        assert server.connections == 0

    # What an answer to a create proves

    @pytest.mark.parametrize("what", SUBMIT)
    def test_what_happens_to_a_create(
        self, server: Server, caplog: pytest.LogCaptureFixture, what: str
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger="generations")
        step, expected = SUBMIT[what]
        server.then(step)
        error = self.failure(lambda: self.submit(self.hasty(server.url)))
        assert type(error) is expected
        assert len(server.posts) == len(server.seen) == 1
        _no_key(error, caplog)

    def test_a_refused_connection_was_never_sent(self) -> None:
        error = self.failure(lambda: self.submit(self.make(_closed_port())))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_an_unknown_host_was_never_sent(self) -> None:
        error = self.failure(lambda: self.submit(self.make("http://nowhere.invalid")))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_connection_that_takes_too_long_was_never_sent(self) -> None:
        with _full_house() as url:
            provider = self.make(url)
            provider.connect_seconds = 0.2
            error = self.failure(lambda: self.submit(provider))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_refused_certificate_was_never_sent(self) -> None:
        with Server(context=stranger()) as server:
            error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError and error.outage
        assert not server.seen

    def test_an_unfinished_handshake_was_never_sent(self, server: Server) -> None:
        server.greet = raw(b"HTTP/1.1 400 plain text here\r\n\r\n")
        url = server.url.replace("http:", "https:")
        error = self.failure(lambda: self.submit(self.make(url)))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_reset_before_reading_proves_nothing(self, server: Server) -> None:
        server.greet = reset_unread
        assert type(self.failure(lambda: self.submit(self.make(server.url)))) is OutcomeUnknownError

    def test_the_services_own_refusal_is_a_refusal(self, server: Server) -> None:
        server.then(self.told("refused"))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is RequestRejectedError
        assert error.code == self.refused_code
        assert error.provider_data["answer"] == self.recorded("refused")["body"]

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_a_server_error_proves_nothing_even_with_an_error_body(
        self, server: Server, status: int
    ) -> None:
        server.then(self.told("refused", status=status))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is OutcomeUnknownError

    def test_too_fast_is_not_now(self, server: Server) -> None:
        server.then(self.told("throttled", headers={"Retry-After": "7"}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert (error.code, error.retry_after, error.outage) == (ErrorCode.RATE, 7, False)

    @pytest.mark.parametrize(
        ("told", "waits"),
        [("-5", None), ("soon", None), ("999999", 600), ("0", 0), ("", None)]
        + [("Sun, 06 Nov 1994 08:49:37 GMT", None), ("Fri, 31 Dec 2999 23:59:59 GMT", 600)],
    )
    def test_retry_after_in_any_form(self, server: Server, told: str, waits: float | None) -> None:
        server.then(self.told("throttled", headers={"Retry-After": told}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert error.retry_after == waits

    # The poll

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
        body = _with(self.recorded("running")["body"], self.word_at, word)
        server.script.clear()
        server.then(answer(200, body, keep=True))
        return self.poll(provider)

    def test_an_unheard_of_word_keeps_it_running(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = _with(self.recorded("running")["body"], self.word_at, "MEDITATING")
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert task.state == RemoteState.RUNNING
        assert task.provider_data["unknown_word"].upper() == "MEDITATING"
        assert "MEDITATING" in caplog.text.upper()

    def test_success_comes_with_the_url(self, server: Server) -> None:
        server.then(self.told("succeeded"))
        task = self.poll(self.make(server.url))
        assert task.video_url == _at(self.recorded("succeeded")["body"], self.url_at)
        assert "Signature" not in json.dumps(task.provider_data)

    def test_success_without_a_url_is_success_without_a_url(self, server: Server) -> None:
        body = _with(self.recorded("succeeded")["body"], self.url_at, None)
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
        body = _with(self.recorded("succeeded")["body"], self.id_at, "somebody-elses")
        server.then(answer(200, body))
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert "another task" in caplog.text

    @pytest.mark.parametrize("what", POLL)
    def test_what_happens_to_a_poll(
        self, server: Server, caplog: pytest.LogCaptureFixture, what: str
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger="generations")
        step, outage = POLL[what]
        server.then(step)
        error = self.failure(lambda: self.poll(self.hasty(server.url)))
        assert type(error) is ProviderUnavailableError
        assert (error.outage, error.account) == (outage, None)
        assert len(server.seen) == 1
        _no_key(error, caplog)

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
        for url in (_closed_port(), "http://nowhere.invalid"):
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

    # The key

    def test_the_key_shows_nowhere_even_if_the_service_tells_it_back(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger="generations")
        provider = self.make(server.url)
        assert CANARY not in repr(provider) + str(provider)
        echo = {"code": CANARY, "message": f"Bearer {CANARY} is wrong", "error": CANARY}
        for status in (200, 400, 401, 404, 429, 500):
            server.script.clear()
            server.then(answer(status, echo, {"X-Request-Id": CANARY}, keep=True))
            _no_key(self.failure(lambda: self.submit(provider)), caplog)
        server.script.clear()
        server.then(answer(200, self.recorded("succeeded")["body"] | echo, keep=True))
        assert CANARY not in repr(self.poll(provider)) + caplog.text

    def test_no_log_line_holds_a_prompt_or_a_picture(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger="generations")
        server.then(self.told("created"), self.told("succeeded"))
        provider = self.make(server.url)
        self.submit(provider, self.full(self.text_model))
        self.poll(provider)
        assert "here submit" in caplog.text and "here poll 200" in caplog.text
        for secret in (PROMPT, "blurry", "Signature", CANARY):
            assert secret not in caplog.text

    @staticmethod
    def failure(call: Any) -> Any:
        with pytest.raises(ProviderError) as caught:
            call()
        return caught.value


def _no_key(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """The key is in no log line and nowhere an exception could be printed from."""
    chain: BaseException | None = error
    while chain is not None:
        shown = f"{chain} {chain!r} {vars(chain)}"
        assert CANARY not in shown
        chain = chain.__cause__ or chain.__context__
    assert CANARY not in caplog.text


def _at(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def _with(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of `body` with `value` at `path`."""
    copy = json.loads(json.dumps(body))
    _at(copy, path[:-1])[path[-1]] = value
    return copy


def _twisted(body: Json) -> Iterator[Json]:
    for value in (None, True, -1, 10**400, "x", [], [None], {}, {"x": 1}, [[{}]], float("nan")):
        for path in _paths(body):
            yield _with(body, path, value)


def _paths(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for step in steps:
        yield (*path, step)
        yield from _paths(body[step], (*path, step))


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


class _full_house:
    """A port whose queue of connections is full: the next one hangs."""

    def __enter__(self) -> str:
        self.sockets = [socket.create_server(("127.0.0.1", 0), backlog=0)]
        where = self.sockets[0].getsockname()
        for _ in range(3):
            guest = socket.socket()
            guest.setblocking(False)
            guest.connect_ex(where)
            self.sockets.append(guest)
        time.sleep(0.05)
        return f"http://127.0.0.1:{where[1]}"

    def __exit__(self, *_: object) -> None:
        for sock in self.sockets:
            sock.close()


def stranger() -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for video.example that nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FIXTURES / "tls" / "cert.pem", FIXTURES / "tls" / "key.pem")
    return context
