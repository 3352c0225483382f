"""MuleRouter: the contract, and what is special about it."""

from typing import Any

import pytest

from generations.providers.base import RemoteState
from generations.providers.errors import ErrorCode, RequestRejectedError
from generations.providers.mulerouter import MuleRouter
from tests.providers.contract import ProviderContract
from tests.providers.contract.base import PICTURE, PROMPT
from tests.providers.server import Json, Server, answer

TEXT = "/vendors/alibaba/v1/wan2.2-t2v-plus/generation"
IMAGE = "/vendors/alibaba/v1/wan2.2-i2v-flash/generation"
FULL = {
    "prompt": PROMPT,
    "negative_prompt": "blurry",
    "duration": 5,
    "prompt_extend": False,
    "seed": 0,
}


class TestMuleRouter(ProviderContract):
    adapter = MuleRouter
    folder = "mulerouter"
    remote_id = "3c90c3cc-0d44-4b50-8888-000000000001"
    text_model, image_model = "wan2.2-t2v-plus", "wan2.2-i2v-flash"
    paths = {"wan2.2-t2v-plus": TEXT, "wan2.2-i2v-flash": IMAGE}
    poll_path = f"{TEXT}/{remote_id}"
    text_body = FULL | {"size": "832*480"}
    spare_text_body = {"prompt": PROMPT, "size": "1920*1080", "duration": 5, "prompt_extend": True}
    image_body = FULL | {"image": PICTURE, "resolution": "480P"}
    size_at = ("size",)
    states = {
        "pending": RemoteState.PENDING,
        "queued": RemoteState.PENDING,
        "processing": RemoteState.RUNNING,
        "running": RemoteState.RUNNING,
        "retrying": RemoteState.RUNNING,
        "completed": RemoteState.SUCCEEDED,
        "succeeded": RemoteState.SUCCEEDED,
        "failed": RemoteState.FAILED,
    }
    word_at = ("task_info", "status")
    id_at = ("task_info", "id")
    url_at = ("videos", 0)
    refused_code = ErrorCode.INPUT
    failed_code = ErrorCode.PROVIDER

    def test_a_poll_goes_below_the_path_of_its_model(self, server: Server) -> None:
        server.then(self.told("running"))
        self.make(server.url).poll(self.remote_id, self.image_model)
        assert server.seen[0].path == f"{IMAGE}/{self.remote_id}"

    def test_200_will_do_as_well_as_202(self, server: Server) -> None:
        server.then(self.told("created", status=200))
        assert self.submit(self.make(server.url)) == self.remote_id

    def test_a_picture_needs_a_prompt_here(self, server: Server) -> None:
        with pytest.raises(RequestRejectedError):
            self.submit(self.make(server.url), self.ask(self.image_model, prompt=""))

    def test_a_watermark_is_refused_not_dropped(self, server: Server) -> None:
        with pytest.raises(RequestRejectedError):
            self.submit(self.make(server.url), self.ask(watermark=True))

    @pytest.mark.parametrize(
        "body",
        [
            {
                "task_info": {
                    "status": "failed",
                    "error": {"code": 2001, "title": "A", "detail": "B"},
                }
            },
            {"task_info": {"status": "failed"}, "error": {"error_code": 2001, "detail": "B"}},
            {"task_info": {"status": "failed"}, "error": {"code": "2001", "message": "B"}},
        ],
    )
    def test_every_shape_of_failure_is_read(self, server: Server, body: Any) -> None:
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert (task.state, task.error_code) == (RemoteState.FAILED, ErrorCode.INPUT)
        assert "B" in task.detail

    @pytest.mark.parametrize(
        "body",
        [
            {"detail": "B"},
            {"detail": [{"type": "enum", "loc": ["body", "size"], "msg": "B"}]},
            {"error": "B"},
            {"message": "B"},
            {"task_info": {"error": "B"}},
        ],
        ids=str,
    )
    def test_every_shape_of_refusal_is_read(self, server: Server, body: Any) -> None:
        server.then(answer(422, body))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is RequestRejectedError and "B" in error.detail

    def test_complaints_name_the_part_that_is_wrong(self, server: Server) -> None:
        rows = [
            {"loc": ["body", "size"], "msg": "not one of ..."},
            {"loc": "body", "msg": "too long"},
            {"loc": ["body"]},
            "x",
        ]
        server.then(answer(422, {"detail": rows}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert error.detail == "HTTP 422 size: not one of ...; too long"

    @pytest.mark.parametrize(
        "error",
        [
            {"code": 3001, "detail": "DataInspectionFailed: no"},
            {"code": 3001, "title": "DataInspectionFailed", "detail": "no"},
            {"code": 3001, "title": "Upstream", "detail": "DataInspectionFailed: no"},
            "DataInspectionFailed: no",
        ],
        ids=str,
    )
    def test_the_content_check_shows_in_its_words(self, server: Server, error: Any) -> None:
        server.then(answer(200, {"task_info": {"status": "failed", "error": error}}))
        task = self.poll(self.make(server.url))
        assert task.error_code == ErrorCode.CONTENT and "no" in task.detail

    @pytest.mark.parametrize(
        "found",
        [
            {"videos": "https://a.example/b"},
            {"video": "https://a.example/b"},
            {"video": ["https://a.example/b"]},
            {"videos": [], "video": "https://a.example/b"},
            {"output": {"url": "https://a.example/b"}},
        ],
        ids=str,
    )
    def test_the_url_stands_in_many_places(self, server: Server, found: Json) -> None:
        server.then(answer(200, {"task_info": {"status": "completed"}} | found))
        assert self.poll(self.make(server.url)).video_url == "https://a.example/b"
