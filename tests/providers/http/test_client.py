"""Calls to a service: what the log and an error say, and which redirects are followed."""

from __future__ import annotations

import logging
import pickle
import time
import traceback

import pytest

from generations.providers.errors import (
    OutcomeUnknownError,
    ProviderUnavailableError,
)
from tests.providers.contract.base import CANARY
from tests.providers.http.calls import ASK, HOSTILE, make
from tests.providers.server import Server, answer, truncate


def test_an_error_can_be_printed_with_its_whole_story_without_a_secret(server: Server) -> None:
    server.then(truncate)
    with pytest.raises(OutcomeUnknownError) as caught:
        make(server).submit(ASK, deadline=time.monotonic() + 60)
    story = "".join(traceback.format_exception(caught.value))
    assert CANARY not in story and "video-synthesis" not in story
    assert caught.value.__context__ is None
    assert CANARY.encode() not in pickle.dumps(caught.value.provider_data)


def test_one_line_tells_about_each_call(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    body = {"request_id": "r-1\nforged line", "output": {"task_id": "t-1", "task_status": "X"}}
    server.then(answer(200, body))
    make(server).submit(ASK, deadline=time.monotonic() + 60)
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
