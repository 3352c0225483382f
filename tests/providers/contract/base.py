"""What a contract stands on: what an adapter's tests declare, and how they ask it."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from generations.providers.base import (
    RemoteState,
    RemoteTask,
    SourceImage,
    VideoModel,
    VideoRequest,
)
from generations.providers.errors import ErrorCode, ProviderError
from generations.providers.http.provider import HTTPProvider
from tests.providers.server import Json, Server, Step, answer

FIXTURES = Path(__file__).parents[1] / "fixtures"
CANARY = "sk-canary-0123456789abcdef"
PROMPT = "a paper boat crossing a puddle at dusk"
PICTURE = "https://pictures.example/first-frame.png"

OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"<html><body>Bad gateway</body></html>"
LONG = b'{"x": "' + b"a" * 10_000_000 + b'"}'
# What never ends by itself, among what happens to calls.
ENDLESS = {"read timeout", "headers drip", "body drips", "body without length drips"}


class Contract:
    """Set by the tests of each adapter, and asked by all parts of the contract."""

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

    def recorded(self, name: str) -> Json:
        return json.loads((FIXTURES / self.folder / f"{name}.json").read_text())

    def told(self, name: str, **changes: Any) -> Step:
        """The recorded answer `name`; `changes` are status and headers."""
        kept = self.recorded(name) | changes
        return answer(kept["status"], kept["body"], kept.get("headers"), keep=True)

    def make(self, base_url: str, **options: Any) -> HTTPProvider:
        made = self.adapter(alias="here", api_key=CANARY, base_url=base_url, **options)
        made.submit_seconds = made.poll_seconds = 60  # which no machine is too slow for
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
        return provider.submit(request or self.ask(), deadline=time.monotonic() + 60)

    def poll(self, provider: HTTPProvider) -> RemoteTask:
        return provider.poll(self.remote_id, self.text_model)

    @staticmethod
    def failure(call: Any) -> Any:
        with pytest.raises(ProviderError) as caught:
            call()
        return caught.value


def cut_short(step: Step, expire_deadlines: Callable[[], None]) -> Step:
    """The same, and the time of the call ends while it is under way."""

    def under_way(sock: socket.socket) -> bool | None:
        Timer(0.3, expire_deadlines).start()
        return step(sock)

    return under_way


def assert_no_key(error: BaseException, log: pytest.LogCaptureFixture) -> None:
    """The key is in no log line and nowhere an exception could be printed from."""
    chain: BaseException | None = error
    while chain is not None:
        shown = f"{chain} {chain!r} {vars(chain)}"
        assert CANARY not in shown
        chain = chain.__cause__ or chain.__context__
    assert CANARY not in log.text


def value_at(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of `body` with `value` at `path`."""
    copy = json.loads(json.dumps(body))
    value_at(copy, path[:-1])[path[-1]] = value
    return copy


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


def stranger() -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for video.example that nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FIXTURES / "tls" / "cert.pem", FIXTURES / "tls" / "key.pem")
    return context
