"""The contract notices adapters that break it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from generations.providers.base import RemoteState, VideoRequest
from generations.providers.dashscope import DashScope
from generations.providers.http.response import Json, ParsedTask
from tests.providers import test_dashscope
from tests.providers.server import Server

# An adapter that trips over an answer breaks the contract as well.
BREACH = (AssertionError, pytest.fail.Exception, KeyError, TypeError, AttributeError)


class AddsAKey(DashScope):
    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        path, body = super().create_call(request)
        return path, body | {"n": 1}


class DropsSeedZero(DashScope):
    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        path, body = super().create_call(request)
        body["parameters"] = {key: value for key, value in body["parameters"].items() if value}
        return path, body


class DropsWhatItDoesNotTake(DashScope):
    models = tuple(replace(model, accepts=frozenset({"prompt"})) for model in DashScope.models)

    def submit(self, request: VideoRequest, *, deadline: float, on_progress: Any = None) -> str:
        plain = VideoRequest(model=request.model, prompt=request.prompt, size=request.size)
        return super().submit(plain, deadline=deadline)


class SendsOurSizes(DashScope):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, size_separator="x")


class MapsAWordWrong(DashScope):
    words = DashScope.words | {"failed": RemoteState.RUNNING}


class KnowsNoWordForGone(DashScope):
    words = {word: state for word, state in DashScope.words.items() if word != "unknown"}


class PostsAgain(DashScope):
    def _send(self, *args: Any) -> Any:
        try:
            return super()._send(*args)
        except requests.RequestException:
            return super()._send(*args)


class LogsTheKey(DashScope):
    def _headers(self) -> dict[str, str]:
        logging.getLogger("generations.providers").debug("key %s", self._key)
        return super()._headers()


class ShowsTheKey(DashScope):
    def __repr__(self) -> str:
        return f"<{self._key}>"


class LogsThePrompt(DashScope):
    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        logging.getLogger("generations.providers").info("sending %s", request.prompt)
        return super().create_call(request)


class TrustsAnyAnswer(DashScope):
    def same_task(self, told: str, asked: str) -> bool:
        return True


class QuotesNothing(DashScope):
    def poll_call(self, remote_id: str, model: str) -> str:
        return f"/api/v1/tasks/{remote_id}"


class NeedsEveryKey(DashScope):
    def read_task(self, body: Json, remote_id: str = "") -> ParsedTask:
        body["output"]["task_status"].lower()
        return super().read_task(body, remote_id)


class TakesDoubtForNo(DashScope):
    def read_created(self, body: Json) -> str:
        return super().read_created(body) or "made up"


# The broken adapter, the test that must fail, and what that test takes beside its fixtures.
BREACHES: list[tuple[type[DashScope], str, Json]] = [
    (AddsAKey, "test_all_that_can_be_asked_for_leaves_and_nothing_else", {}),
    (AddsAKey, "test_what_was_not_given_stays_out", {}),
    (AddsAKey, "test_a_picture_goes_where_the_protocol_wants_it", {}),
    (DropsSeedZero, "test_all_that_can_be_asked_for_leaves_and_nothing_else", {}),
    (DropsWhatItDoesNotTake, "test_options_the_models_do_not_take_are_refused_not_dropped", {}),
    (SendsOurSizes, "test_every_size_in_the_services_spelling", {}),
    (MapsAWordWrong, "test_every_word_of_the_service_maps_right", {}),
    (MapsAWordWrong, "test_recorded_states_map_right", {"name": "failed", "state": "failed"}),
    (KnowsNoWordForGone, "test_every_word_of_the_service_maps_right", {}),
    (PostsAgain, "test_what_happens_to_a_create", {"what": "cut after sending"}),
    (PostsAgain, "test_what_happens_to_a_create", {"what": "reset after sending"}),
    (LogsTheKey, "test_the_key_shows_nowhere_even_if_the_service_tells_it_back", {}),
    (LogsTheKey, "test_what_happens_to_a_create", {"what": "401"}),
    (ShowsTheKey, "test_the_key_shows_nowhere_even_if_the_service_tells_it_back", {}),
    (LogsThePrompt, "test_no_log_line_holds_a_prompt_or_a_picture", {}),
    (TrustsAnyAnswer, "test_the_answer_about_another_task_is_not_taken", {}),
    (QuotesNothing, "test_an_id_is_one_piece_of_the_path_whatever_it_holds", {}),
    (NeedsEveryKey, "test_no_shape_of_answer_is_a_surprise", {"name": "running"}),
    (TakesDoubtForNo, "test_what_happens_to_a_create", {"what": "no id and no error"}),
]


@pytest.fixture
def beside(
    caplog: pytest.LogCaptureFixture,
    log: pytest.LogCaptureFixture,
    expire_deadlines: Callable[[], None],
) -> dict[str, Any]:
    """The fixtures that tests of the contract take beside their server."""
    return {"caplog": caplog, "log": log, "expire_deadlines": expire_deadlines}


@pytest.mark.parametrize(("broken", "test", "given"), BREACHES)
def test_a_breach_is_noticed(beside: Json, broken: type[DashScope], test: str, given: Json) -> None:
    assert fails(beside, broken, test, given)


@pytest.mark.parametrize(("test", "given"), [(test, given) for _, test, given in BREACHES])
def test_the_sound_adapter_passes_the_same_tests(beside: Json, test: str, given: Json) -> None:
    assert not fails(beside, DashScope, test, given)


def fails(beside: Json, adapter: type[DashScope], test: str, given: Json) -> bool:
    contract = test_dashscope.TestDashScope()
    contract.adapter = adapter
    run = getattr(contract, test)
    wanted = run.__func__.__code__.co_varnames[: run.__func__.__code__.co_argcount]
    given = given | {name: fixture for name, fixture in beside.items() if name in wanted}
    with Server() as server:
        try:
            run(server=server, **given)
        except BREACH:
            return True
    return False
