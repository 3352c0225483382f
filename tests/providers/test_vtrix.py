"""Vtrix: the contract, and what is special about it."""

from typing import Any

import pytest

from generations.providers.base import RemoteState
from generations.providers.errors import AccountRejectedError, ErrorCode, RequestRejectedError
from generations.providers.vtrix import Vtrix
from tests.providers.contract import ProviderContract
from tests.providers.contract.base import PICTURE, PROMPT
from tests.providers.server import Json, Server, answer

CREATE = "/model/v1/generation"
OFF = {"duration": 5, "prompt_extend": False, "watermark": False, "seed": 0}
FULL = {
    "input": {"prompt": PROMPT, "negative_prompt": "blurry"},
    "parameters": {"size": "832*480"} | OFF,
}


def wrapped(model: str, wish: Json) -> Json:
    return {"model": model, "input": [{"params": wish}]}


class TestVtrix(ProviderContract):
    adapter = Vtrix
    folder = "vtrix"
    remote_id = "d758n65e878c73cmdg20"
    text_model, image_model = "wan22_t2v_plus", "wan22_i2v_flash"
    paths = {"wan22_t2v_plus": CREATE, "wan22_i2v_flash": CREATE}
    poll_path = f"{CREATE}/task/{remote_id}"
    text_body = wrapped("wan22_t2v_plus", FULL)
    spare_text_body = wrapped(
        "wan22_t2v_plus",
        {
            "input": {"prompt": PROMPT},
            "parameters": {
                "size": "1920*1080",
                "duration": 5,
                "prompt_extend": True,
                "watermark": False,
            },
        },
    )
    image_body = wrapped(
        "wan22_i2v_flash",
        {
            "input": {"prompt": PROMPT, "negative_prompt": "blurry", "img_url": PICTURE},
            "parameters": {"resolution": "480P"} | OFF,
        },
    )
    size_at = ("input", 0, "params", "parameters", "size")
    states = {
        "in_queue": RemoteState.PENDING,
        "queued": RemoteState.PENDING,
        "pending": RemoteState.PENDING,
        "in_progress": RemoteState.RUNNING,
        "processing": RemoteState.RUNNING,
        "completed": RemoteState.SUCCEEDED,
        "done": RemoteState.SUCCEEDED,
        "failed": RemoteState.FAILED,
    }
    word_at = ("status",)
    id_at = ("id",)
    url_at = ("output", 0, "content", 0, "url")
    refused_code = ErrorCode.INPUT
    failed_code = ErrorCode.PROVIDER

    def test_the_plain_body_stands_as_the_documents_show_it(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url, body="plain"), self.full(self.text_model))
        assert server.seen[0].json == {"model": "wan22_t2v_plus"} | FULL

    def test_there_are_two_bodies_only(self) -> None:
        with pytest.raises(ValueError, match="plain"):
            self.make("https://cloud.vtrix.ai", body="xml")

    def test_the_id_behind_the_gateway_is_never_taken_for_the_id(self, server: Server) -> None:
        server.then(answer(200, {"output": [{"content": [{"jobId": "inner"}]}]}))
        assert type(self.failure(lambda: self.submit(self.make(server.url)))).__name__ == (
            "OutcomeUnknownError"
        )

    def test_the_cost_is_kept(self, server: Server) -> None:
        server.then(self.told("succeeded"))
        facts = self.poll(self.make(server.url)).provider_data
        assert facts["cost"] == "0.50"
        assert facts["usage"] == {"cost": "0.50", "discount": 1}
        assert facts["queued_at"] == "2025-07-27T13:05:15+00:00"

    @pytest.mark.parametrize(
        ("cost", "kept"),
        [(0.5, "0.5"), (0.123456789, "0.123456789"), (1, "1"), (0, "0"), (1e400, None)]
        + [(True, None), ([], None), (None, None)],
    )
    def test_a_cost_that_is_a_number_is_kept_too(
        self, server: Server, cost: Any, kept: str | None
    ) -> None:
        server.then(answer(200, self.recorded("succeeded")["body"] | {"usage": {"cost": cost}}))
        assert self.poll(self.make(server.url)).provider_data.get("cost") == kept

    @pytest.mark.parametrize(
        ("progress", "percent"),
        [
            (0, 0),
            (0.4, 40),
            (1, 100),
            (7, 7),
            (700, 100),
            (-1, 0),
            ("40%", 40),
            ("x", None),
            (True, None),
        ]
        + [(None, None), ([], None), (1e400, None)],
    )
    def test_progress_is_what_was_sent(
        self, server: Server, progress: Any, percent: int | None
    ) -> None:
        body = self.recorded("running")["body"] | {"progress": progress}
        server.then(answer(200, body))
        assert self.poll(self.make(server.url)).progress == percent

    @pytest.mark.parametrize(
        "error",
        [{"code": "1", "message": "B"}, {"code": 1, "error_message": "B"}, "B"],
    )
    def test_every_shape_of_failure_is_read(self, server: Server, error: Any) -> None:
        body = self.recorded("failed")["body"] | {"error": error}
        server.then(answer(200, body), answer(200, {"error": error}))
        provider = self.make(server.url)
        assert "B" in self.poll(provider).detail
        refusal = self.failure(lambda: self.submit(provider))
        assert type(refusal) is RequestRejectedError and "B" in refusal.detail

    @pytest.mark.parametrize(
        ("body", "kind", "ours"),
        [
            (
                {"error": {"code": "Arrearage", "message": "failed"}},
                AccountRejectedError,
                "billing",
            ),
            (
                {"error": {"code": "002014001", "message": "Arrearage"}},
                AccountRejectedError,
                "billing",
            ),
            (
                {"error": {"code": "1", "message": "IPInfringementSuspect: B"}},
                RequestRejectedError,
                "ip",
            ),
            ({"error": "DataInspectionFailed", "message": "B"}, RequestRejectedError, "content"),
            ({"message": "DataInspectionFailed: B"}, RequestRejectedError, "content"),
            ({"error": {"code": "1", "message": "failed"}}, RequestRejectedError, "input"),
        ],
        ids=str,
    )
    def test_the_code_of_the_service_behind_counts_wherever_it_stands(
        self, server: Server, body: Json, kind: type, ours: str
    ) -> None:
        server.then(answer(400, body))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert (type(error), error.code) == (kind, ours)

    def test_a_message_alone_with_403_is_an_account_matter(self, server: Server) -> None:
        server.then(answer(403, {"message": "insufficient balance"}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is AccountRejectedError and error.whole_service

    def test_only_a_video_is_taken_for_the_video(self, server: Server) -> None:
        contents = [
            {"type": "image", "url": "https://a.example/still.png"},
            None,
            {"type": "video"},
        ]
        body = self.recorded("succeeded")["body"]
        body["output"] = [None, {"content": contents}, *body["output"]]
        server.then(answer(200, body))
        url = "https://example.vtrix-cdn.invalid/clip.mp4"
        assert self.poll(self.make(server.url)).video_url == url
