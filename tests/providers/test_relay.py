"""The relay: the contract, and what is special about it."""

from typing import Any

import pytest

from generations.providers.base import RemoteState
from generations.providers.errors import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    RequestRejectedError,
)
from generations.providers.relay import Relay
from tests.providers.contract import ProviderContract
from tests.providers.contract.base import PICTURE, PROMPT
from tests.providers.server import Json, Server, answer

CREATE = "/v2/videos/generations"


class TestRelay(ProviderContract):
    adapter = Relay
    folder = "relay"
    remote_id = "e7bed961-d1b9-4b3f-8ef9-000000000001"
    text_model, image_model = "wan2.2-t2v-plus", "wan2.2-i2v-flash"
    paths = {"wan2.2-t2v-plus": CREATE, "wan2.2-i2v-flash": CREATE}
    poll_path = f"{CREATE}/{remote_id}"
    text_body = {
        "model": "wan2.2-t2v-plus",
        "prompt": PROMPT,
        "negative_prompt": "blurry",
        "size": "832*480",
        "prompt_extend": False,
        "watermark": False,
        "seed": 0,
    }
    spare_text_body = {
        "model": "wan2.2-t2v-plus",
        "prompt": PROMPT,
        "size": "1920*1080",
        "prompt_extend": True,
        "watermark": False,
    }
    image_body = {
        "model": "wan2.2-i2v-flash",
        "prompt": PROMPT,
        "images": [PICTURE],
        "resolution": "480P",
    }
    size_at = ("size",)
    states = {
        "NOT_START": RemoteState.PENDING,
        "SUBMITTED": RemoteState.PENDING,
        "QUEUED": RemoteState.PENDING,
        "IN_PROGRESS": RemoteState.RUNNING,
        "SUCCESS": RemoteState.SUCCEEDED,
        "FAILURE": RemoteState.FAILED,
    }
    word_at = ("status",)
    id_at = ("task_id",)
    url_at = ("data", "output")
    refused_code = ErrorCode.INPUT
    failed_code = ErrorCode.CONTENT

    def test_it_has_no_address_of_its_own(self) -> None:
        with pytest.raises(TypeError, match="base_url"):
            Relay(alias="relay", api_key="key")

    def test_a_relay_may_want_an_x_in_sizes(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url, size_separator="x"))
        assert server.seen[0].json["size"] == "1920x1080"

    def test_a_picture_needs_a_prompt_here(self, server: Server) -> None:
        with pytest.raises(RequestRejectedError):
            self.submit(self.make(server.url), self.ask(self.image_model, prompt=""))

    def test_progress_and_times_are_what_was_sent(self, server: Server) -> None:
        server.then(self.told("running"))
        task = self.poll(self.make(server.url))
        assert task.progress == 30
        assert task.provider_data["queued_at"] == "2025-08-28T02:51:49+00:00"
        assert task.provider_data["started_at"] == "2025-08-28T02:51:51+00:00"
        assert "ended_at" not in task.provider_data

    @pytest.mark.parametrize(
        ("progress", "percent"), [("30%", 30), (30, 30), (99.6, 100), (0.3, 30), (0, 0)]
    )
    def test_progress_may_be_a_bare_number(
        self, server: Server, progress: Any, percent: int
    ) -> None:
        server.then(answer(200, self.recorded("running")["body"] | {"progress": progress}))
        assert self.poll(self.make(server.url)).progress == percent

    @pytest.mark.parametrize(
        "change",
        [
            {"data": {"outputs": ["https://a.example/b"]}},
            {"data": {"video_url": "https://a.example/b"}},
            {"data": None, "video_url": "https://a.example/b"},
            {"data": None, "url": "https://a.example/b"},
        ],
    )
    def test_the_url_stands_in_many_places(self, server: Server, change: Json) -> None:
        server.then(answer(200, self.recorded("succeeded")["body"] | change))
        assert self.poll(self.make(server.url)).video_url == "https://a.example/b"

    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"message": "B", "type": "t", "code": "c"}},
            {"error": "B"},
            {"code": "c", "message": "B"},
            {"message": "B"},
            {"fail_reason": "B"},
        ],
    )
    def test_every_shape_of_refusal_is_read(self, server: Server, body: Any) -> None:
        server.then(answer(400, body))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is RequestRejectedError and "B" in error.detail

    def test_a_code_passed_on_in_front_of_the_words_is_a_code(self, server: Server) -> None:
        server.then(answer(400, {"fail_reason": "Arrearage: good standing"}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is AccountRejectedError and error.code == ErrorCode.BILLING

    @pytest.mark.parametrize("wrapper", ["data", "output"])
    def test_a_task_may_be_wrapped_once(self, server: Server, wrapper: str) -> None:
        around = {"code": 1, "message": "success", "status": "success"}
        created, done = self.recorded("created")["body"], self.recorded("succeeded")["body"]
        server.then(*(answer(200, around | {wrapper: body}) for body in (created, done)))
        provider = self.make(server.url)
        assert self.submit(provider) == self.remote_id
        task = self.poll(provider)
        assert (task.state, task.video_url) == (RemoteState.SUCCEEDED, done["data"]["output"])

    def test_a_wrapped_task_may_leave_out_its_id(self, server: Server) -> None:
        body = {"status": "FAILURE", "fail_reason": "DataInspectionFailed: no"}
        server.then(answer(200, {"code": "success", "data": body}))
        task = self.poll(self.make(server.url))
        assert (task.state, task.error_code) == (RemoteState.FAILED, ErrorCode.CONTENT)

    @pytest.mark.parametrize(
        "body",
        [
            {"code": "success", "message": ""},
            {"message": "queued"},
            {"code": 200},
            {"code": 1, "message": "success", "data": {"id": "t-1"}},
            {"code": 20000, "data": {"list": [{"task_id": "t-1"}]}},
            {"code": "Accepted", "message": "queued: t-1"},
            {"message": "queued: t-1"},
        ],
        ids=str,
    )
    def test_a_success_without_an_id_is_doubt_not_refusal(self, server: Server, body: Json) -> None:
        server.then(answer(200, body))
        assert type(self.failure(lambda: self.submit(self.make(server.url)))) is OutcomeUnknownError

    @pytest.mark.parametrize(
        "body",
        [
            {"code": "InvalidParameter", "message": "B"},
            {"error": {"code": 1, "message": "B"}},
            {"error": {"code": "c"}},
            {"error": "B"},
            {"task_id": "", "fail_reason": "B"},
        ],
        ids=str,
    )
    def test_an_error_of_its_own_is_a_refusal_even_with_200(
        self, server: Server, body: Json
    ) -> None:
        server.then(answer(200, body))
        assert (
            type(self.failure(lambda: self.submit(self.make(server.url)))) is RequestRejectedError
        )

    def test_no_capacity_at_second_hand_is_doubt(self, server: Server) -> None:
        server.then(answer(503, {"code": "ModelUnavailable", "message": "no capacity"}))
        assert type(self.failure(lambda: self.submit(self.make(server.url)))) is OutcomeUnknownError
