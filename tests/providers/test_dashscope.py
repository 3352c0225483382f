"""DashScope: the contract, and what is special about it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from generations.providers.base import RemoteState
from generations.providers.dashscope import MAX_PAGES, DashScope
from generations.providers.errors import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from tests.providers.contract import ProviderContract
from tests.providers.contract.base import CANARY, PICTURE, PROMPT
from tests.providers.server import Server, answer

CREATE = "/api/v1/services/aigc/video-generation/video-synthesis"
OFF = {"prompt_extend": False, "watermark": False, "seed": 0}

# Status, code of the service, what it means to a create, our code, whole service.
CODES = [
    (401, "InvalidApiKey", AccountRejectedError, ErrorCode.AUTH, True),
    (400, "InvalidApiKey", AccountRejectedError, ErrorCode.AUTH, True),
    (400, "Arrearage", AccountRejectedError, ErrorCode.BILLING, True),
    (429, "PrepaidBillOverdue", AccountRejectedError, ErrorCode.BILLING, True),
    (429, "PostpaidBillOverdue", AccountRejectedError, ErrorCode.BILLING, True),
    (429, "CommodityNotPurchased", AccountRejectedError, ErrorCode.BILLING, True),
    (429, "Throttling.AllocationQuota", ProviderUnavailableError, ErrorCode.QUOTA, None),
    (403, "AllocationQuota.FreeTierOnly", AccountRejectedError, ErrorCode.QUOTA, False),
    (403, "AccessDenied", AccountRejectedError, ErrorCode.ACCESS, True),
    (403, "AccessDenied.Unpurchased", AccountRejectedError, ErrorCode.ACCESS, True),
    (403, "Workspace.AccessDenied", AccountRejectedError, ErrorCode.ACCESS, True),
    (404, "WorkSpaceNotFound", AccountRejectedError, ErrorCode.ACCESS, True),
    (403, "Model.AccessDenied", AccountRejectedError, ErrorCode.ACCESS, False),
    (404, "ModelNotFound", AccountRejectedError, ErrorCode.ACCESS, False),
    (404, "InvalidParameter", AccountRejectedError, ErrorCode.ACCESS, False),  # "Model not exist."
    (500, "Arrearage", AccountRejectedError, ErrorCode.BILLING, True),
    (429, "Throttling", ProviderUnavailableError, ErrorCode.RATE, None),
    (429, "Throttling.RateQuota", ProviderUnavailableError, ErrorCode.RATE, None),
    (429, "Throttling.BurstRate", ProviderUnavailableError, ErrorCode.RATE, None),
    (429, "LimitRequests", ProviderUnavailableError, ErrorCode.RATE, None),
    (400, "Throttling.RateQuota", ProviderUnavailableError, ErrorCode.RATE, None),
    (429, "SomethingNew", ProviderUnavailableError, ErrorCode.RATE, None),
    (503, "ModelUnavailable", ProviderUnavailableError, ErrorCode.PROVIDER, None),
    (503, "SomethingNew", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (500, "InternalError", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (500, "InternalError.Algo", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (500, "SystemError", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (408, "RequestTimeOut", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (400, "InternalError.Algo", RequestRejectedError, ErrorCode.PROVIDER, None),
    (400, "InvalidParameter", RequestRejectedError, ErrorCode.INPUT, None),
    (400, "InvalidParameter.SomethingNew", RequestRejectedError, ErrorCode.INPUT, None),
    (400, "BadRequest.EmptyInput", RequestRejectedError, ErrorCode.INPUT, None),
    (400, "SomethingNew", RequestRejectedError, ErrorCode.INPUT, None),
    (400, "DataInspectionFailed", RequestRejectedError, ErrorCode.CONTENT, None),
    (400, "IPInfringementSuspect", RequestRejectedError, ErrorCode.IP, None),
    (400, "InvalidURL", RequestRejectedError, ErrorCode.IMAGE, None),
    (400, "InvalidParameter.DataInspection", RequestRejectedError, ErrorCode.IMAGE, None),
    (415, "BadRequest.InputDownloadFailed", RequestRejectedError, ErrorCode.IMAGE, None),
    (413, "BadRequest.TooLarge", RequestRejectedError, ErrorCode.TOO_LARGE, None),
    (403, "DataInspectionFailed", RequestRejectedError, ErrorCode.CONTENT, None),
    (429, "DataInspectionFailed", RequestRejectedError, ErrorCode.CONTENT, None),
    (401, "IPInfringementSuspect", RequestRejectedError, ErrorCode.IP, None),
    (404, "InvalidParameter.DataInspection", RequestRejectedError, ErrorCode.IMAGE, None),
    (429, "BadRequest.TooLarge", RequestRejectedError, ErrorCode.TOO_LARGE, None),
    (500, "DataInspectionFailed", OutcomeUnknownError, ErrorCode.UNCONFIRMED, None),
    (200, "InvalidParameter", RequestRejectedError, ErrorCode.INPUT, None),
    (200, "InvalidApiKey", AccountRejectedError, ErrorCode.AUTH, True),
    (200, "Throttling", ProviderUnavailableError, ErrorCode.RATE, None),
]


class TestDashScope(ProviderContract):
    adapter = DashScope
    folder = "dashscope"
    remote_id = "0385dc79-5ff8-4d82-bcb6-000000000001"
    text_model, image_model = "wan2.2-t2v-plus", "wan2.2-i2v-flash"
    paths = {"wan2.2-t2v-plus": CREATE, "wan2.2-i2v-flash": CREATE}
    poll_path = f"/api/v1/tasks/{remote_id}"
    text_body = {
        "model": "wan2.2-t2v-plus",
        "input": {"prompt": PROMPT, "negative_prompt": "blurry"},
        "parameters": {"size": "832*480"} | OFF,
    }
    spare_text_body = {
        "model": "wan2.2-t2v-plus",
        "input": {"prompt": PROMPT},
        "parameters": {"size": "1920*1080", "prompt_extend": True, "watermark": False},
    }
    image_body = {
        "model": "wan2.2-i2v-flash",
        "input": {"prompt": PROMPT, "negative_prompt": "blurry", "img_url": PICTURE},
        "parameters": {"resolution": "480P"} | OFF,
    }
    size_at = ("parameters", "size")
    states = {
        "PENDING": RemoteState.PENDING,
        "RUNNING": RemoteState.RUNNING,
        "SUSPENDED": RemoteState.RUNNING,
        "SUCCEEDED": RemoteState.SUCCEEDED,
        "FAILED": RemoteState.FAILED,
        "CANCELED": RemoteState.FAILED,
        "UNKNOWN": RemoteState.GONE,
    }
    word_at = ("output", "task_status")
    id_at = ("output", "task_id")
    url_at = ("output", "video_url")
    refused_code = ErrorCode.CONTENT
    failed_code = ErrorCode.INPUT

    def test_creates_and_only_creates_ask_for_asynchrony(self, server: Server) -> None:
        server.then(self.told("created"), self.told("running"))
        provider = self.make(server.url)
        self.submit(provider)
        self.poll(provider)
        asked = [seen.headers.get("x-dashscope-async") for seen in server.seen]
        assert asked == ["enable", None]

    def test_a_picture_may_come_without_a_prompt(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.ask(self.image_model, prompt=""))
        assert server.seen[0].json["input"] == {"img_url": PICTURE}

    def test_a_gateway_may_want_an_x_in_sizes(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url, size_separator="x"))
        assert server.seen[0].json["parameters"]["size"] == "1920x1080"

    @pytest.mark.parametrize("base", ["/wan", "/wan/", "/wan/api/v1"])
    def test_a_base_url_may_have_a_prefix(self, server: Server, base: str) -> None:
        server.then(self.told("created"), self.told("running"))
        provider = self.make(server.url + base)
        self.submit(provider)
        self.poll(provider)
        assert [seen.path for seen in server.seen] == [f"/wan{CREATE}", f"/wan{self.poll_path}"]

    @pytest.mark.parametrize(("status", "code", "kind", "ours", "whole"), CODES)
    def test_a_code_says_more_than_the_status(
        self, server: Server, status: int, code: str, kind: type, ours: ErrorCode, whole: bool
    ) -> None:
        server.then(answer(status, {"code": code, "message": "words", "request_id": "r-1"}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert (type(error), error.code) == (kind, ours)
        assert getattr(error, "whole_service", None) == whole
        assert code in error.detail and "r-1" in error.detail
        assert len(server.posts) == 1

    @pytest.mark.parametrize(("status", "code", "kind", "ours", "whole"), CODES)
    def test_no_code_ends_a_task_at_a_poll(
        self, server: Server, status: int, code: str, kind: type, ours: ErrorCode, whole: bool
    ) -> None:
        server.then(answer(status, {"code": code, "message": "words"}))
        if status == 404 and code == "InvalidParameter":
            assert self.poll(self.make(server.url)).state == RemoteState.GONE
            return
        error = self.failure(lambda: self.poll(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert bool(error.account) == (kind is AccountRejectedError and ours != ErrorCode.ACCESS)
        assert error.account is None or error.account.whole_service == whole

    @pytest.mark.parametrize(
        ("error", "ours"),
        [
            ({"message": "B"}, ErrorCode.INPUT),
            ({"message": "DataInspectionFailed: B"}, ErrorCode.CONTENT),
            ({"code": "IPInfringementSuspect", "message": "B"}, ErrorCode.IP),
            ({"type": "InvalidURL", "message": "B"}, ErrorCode.IMAGE),
            ("B", ErrorCode.INPUT),
        ],
        ids=str,
    )
    def test_a_refusal_in_the_words_of_a_gateway_is_read(
        self, server: Server, error: Any, ours: ErrorCode
    ) -> None:
        server.then(answer(400, {"error": error}))
        refusal = self.failure(lambda: self.submit(self.make(server.url)))
        assert (type(refusal), refusal.code) == (RequestRejectedError, ours)
        assert "B" in refusal.detail

    def test_what_came_back_is_told(self, server: Server) -> None:
        server.then(self.told("succeeded"))
        facts = self.poll(self.make(server.url)).provider_data
        assert facts["orig_prompt"] == PROMPT
        assert facts["actual_prompt"].startswith("Low-angle shot")
        assert facts["usage"] == {"video_duration": 5, "video_ratio": "1920*1080", "video_count": 1}
        assert facts["queued_at"] == "2025-07-27T21:05:15.212000+08:00"
        assert facts["started_at"] == "2025-07-27T21:05:15.228000+08:00"
        assert facts["ended_at"] == "2025-07-27T21:07:58.911000+08:00"

    def test_a_time_with_a_zone_of_its_own_keeps_it(self, server: Server) -> None:
        body = self.recorded("running")["body"]
        body["output"] |= {"submit_time": "2025-07-27T13:05:15Z", "scheduled_time": "soon"}
        server.then(answer(200, body))
        facts = self.poll(self.make(server.url)).provider_data
        assert facts["queued_at"] == "2025-07-27T13:05:15+00:00"
        assert "started_at" not in facts

    def test_the_original_prompt_comes_back_letter_for_letter(self, server: Server) -> None:
        """It proves whose task this is, so it is not redacted; only the key is."""
        prompt = "a sign reading https://a.example/?token=1 " + "and so on " * 300
        body = self.recorded("succeeded")["body"]
        body["output"]["orig_prompt"] = prompt.strip()
        server.then(answer(200, body))
        assert self.poll(self.make(server.url)).provider_data["orig_prompt"] == prompt.strip()

    def test_a_canceled_task_has_failed(self, server: Server) -> None:
        body = {"output": {"task_id": self.remote_id, "task_status": "CANCELED"}}
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert (task.state, task.detail) == (RemoteState.FAILED, "CANCELED")

    # The shape of the integration guide

    def test_an_id_at_the_top_is_read_too(self, server: Server) -> None:
        server.then(answer(200, {"task_id": "t-1"}))
        assert self.submit(self.make(server.url)) == "t-1"

    @pytest.mark.parametrize("word", ["succeeded", "Succeeded"])
    def test_a_gateway_may_write_states_its_own_way(self, server: Server, word: str) -> None:
        body = self.recorded("succeeded")["body"]
        body["output"]["task_status"] = word
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert task.state == RemoteState.SUCCEEDED and task.video_url

    def test_a_state_at_the_top_is_read_too(self, server: Server) -> None:
        body = {"status": "SUCCEEDED", "output": {"video_url": "https://a.example/b.mp4"}}
        server.then(answer(200, body))
        task = self.poll(self.make(server.url))
        assert (task.state, task.video_url) == (RemoteState.SUCCEEDED, "https://a.example/b.mp4")

    @pytest.mark.parametrize("prefix", ["", "/wan"])
    def test_a_result_url_is_polled_on_our_own_origin_only(
        self, server: Server, prefix: str
    ) -> None:
        url = f"https://thief.example{prefix}/results/7?x=1"
        server.then(answer(200, {"result_url": url}), self.told("running"))
        provider = self.make(server.url + prefix)
        remote_id = self.submit(provider)
        assert remote_id == f"{prefix}/results/7"
        assert provider.poll(remote_id, self.text_model).state == RemoteState.RUNNING
        assert server.seen[1].path == f"{prefix}/results/7"
        assert CANARY in server.seen[1].headers["authorization"]

    @pytest.mark.parametrize("url", ["http://[", "https://a.example", "https://a.example/"])
    def test_a_result_url_without_a_path_is_no_id(self, server: Server, url: str) -> None:
        server.then(answer(200, {"result_url": url}))
        assert type(self.failure(lambda: self.submit(self.make(server.url)))) is OutcomeUnknownError

    # Finding what got lost

    def test_the_list_is_asked_for_one_model_and_a_time(self, server: Server) -> None:
        server.then(self.told("listed"))
        made = datetime.fromtimestamp(1753621515.212, UTC)
        found = self.make(server.url).list_task_ids(
            self.text_model, made - timedelta(seconds=30), made + timedelta(seconds=30)
        )
        assert found == [self.remote_id]
        query = parse_qs(urlsplit(server.seen[0].path).query)
        assert query["model_name"] == [self.text_model]
        # From the earliest that the service may mean by it to the latest, in UTC or UTC+8.
        assert query["start_time"] == ["20250727130345"]
        assert query["end_time"] == ["20250727210645"]

    def test_tasks_of_other_times_and_models_are_left_out(self, server: Server) -> None:
        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        at = now.timestamp() * 1000
        rows = [
            {"task_id": "ours", "model_name": self.text_model, "gmt_create": at},
            {"task_id": "older", "model_name": self.text_model, "gmt_create": at - 3_600_000},
            {"task_id": "newer", "model_name": self.text_model, "gmt_create": at + 3_600_000},
            {"task_id": "other model", "model_name": "wan2.6-t2v", "gmt_create": at},
            {"task_id": "says no time", "model_name": self.text_model},
            {"task_id": None},
            "nonsense",
        ]
        server.then(answer(200, {"total_page": 1, "data": rows}))
        span = timedelta(seconds=60)
        found = self.make(server.url).list_task_ids(self.text_model, now - span, now + span)
        assert found == ["ours", "says no time"]

    def test_all_pages_are_read_but_never_without_end(self, server: Server) -> None:
        page = {"total_page": 10**6, "data": [{"task_id": "the same again"}]}
        server.then(answer(200, page, keep=True))
        now = datetime.now(UTC)
        assert self.make(server.url).list_task_ids(self.text_model, now, now) == ["the same again"]
        pages = [parse_qs(urlsplit(seen.path).query)["page_no"] for seen in server.seen]
        assert pages == [[str(number)] for number in range(1, MAX_PAGES + 1)]

    @pytest.mark.parametrize("status", [401, 429, 500])
    def test_a_list_that_fails_is_not_now(self, server: Server, status: int) -> None:
        server.then(answer(status))
        now = datetime.now(UTC)
        error = self.failure(lambda: self.make(server.url).list_task_ids(self.text_model, now, now))
        assert type(error) is ProviderUnavailableError
        assert bool(error.account) == (status == 401)
