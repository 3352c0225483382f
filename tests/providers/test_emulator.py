"""The judge of the emulator: the official `dashscope` SDK works against it over real HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
import requests

from tests.emulator import Emulator

KEY = "sk-emulator"
MODEL = "wan2.2-t2v-plus"


def sdk() -> Any:
    """Imported when it is used: that takes long, and each process of a run reads this file."""
    from dashscope import VideoSynthesis

    return VideoSynthesis


@pytest.fixture(autouse=True)
def at_the_emulator(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashscope.base_http_api_url", f"{emulator.base_url}/api/v1")
    monkeypatch.setattr("dashscope.api_key", KEY)


def create(prompt: str = "a paper boat", **parameters: Any) -> Any:
    given = {"size": "832*480", **parameters}
    return sdk().async_call(MODEL, prompt, **given)


def frozen(emulator: Emulator, state: str) -> str:
    task_id = create().output.task_id
    emulator.freeze(task_id, state)
    return task_id


def test_the_sdk_creates_waits_and_downloads(emulator: Emulator) -> None:
    made = create(seed=7, prompt_extend=True, watermark=False)
    assert (made.status_code, made.output.task_status) == (HTTPStatus.OK, "PENDING")
    done = sdk().wait(made)
    assert done.output.task_status == "SUCCEEDED"
    assert done.output.video_url.startswith(emulator.base_url)
    assert (done.usage.video_count, done.usage.video_duration) == (1, 5)
    video = requests.get(done.output.video_url, timeout=60)
    assert video.content == emulator.content(made.output.task_id)


def test_the_sdk_calls_in_one_breath(emulator: Emulator) -> None:
    done = sdk().call(MODEL, "a paper boat", size="624*624")
    assert done.output.task_status == "SUCCEEDED"
    assert emulator.charged == 1


def test_the_sdk_sends_what_the_emulator_records(emulator: Emulator) -> None:
    create("海上日出", negative_prompt="blur", seed=0)
    (seen,) = emulator.creates
    assert seen.path == "/api/v1/services/aigc/video-generation/video-synthesis"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-dashscope-async"] == "enable"
    assert seen.body["input"]["prompt"] == "海上日出"
    assert seen.body["parameters"] == {"size": "832*480", "seed": 0}


@pytest.mark.parametrize("state", ["pending", "running", "succeeded", "failed"])
def test_the_sdk_reads_every_state(emulator: Emulator, state: str) -> None:
    fetched = sdk().fetch(frozen(emulator, state))
    assert (fetched.status_code, fetched.output.task_status) == (HTTPStatus.OK, state.upper())


def test_a_finished_task_tells_both_prompts_and_its_times(emulator: Emulator) -> None:
    output = sdk().fetch(frozen(emulator, "succeeded")).output
    assert output["orig_prompt"] == "a paper boat"
    assert "a paper boat" in output["actual_prompt"]
    assert output["submit_time"] <= output["scheduled_time"] <= output["end_time"]


def test_the_rewritten_prompt_is_told_only_when_it_was_asked_for(emulator: Emulator) -> None:
    task_id = create(prompt_extend=False).output.task_id
    emulator.freeze(task_id, "succeeded")
    assert "actual_prompt" not in sdk().fetch(task_id).output


def test_the_ninth_size_is_accepted_and_fails_late(emulator: Emulator) -> None:
    made = create(size="1280*720")
    assert made.status_code == HTTPStatus.OK
    emulator.advance(10)
    output = sdk().fetch(made).output
    assert (output["task_status"], output["code"]) == ("FAILED", "InvalidParameter")
    assert output["message"] == (
        "size must be in 1080*1920,1920*1080,1440*1440,1632*1248,1248*1632,480*832,832*480,624*624"
    )


@pytest.mark.parametrize("size", ["832x480", "1920x1080", "1080P", "16:9"])
def test_only_the_star_is_a_size(emulator: Emulator, size: str) -> None:
    made = create(size=size)
    emulator.advance(10)
    assert sdk().fetch(made).output["task_status"] == "FAILED"


def test_another_duration_fails_late(emulator: Emulator) -> None:
    made = create(duration=8)
    emulator.advance(10)
    assert sdk().fetch(made).output["message"] == "duration customization is not supported"


def test_image_to_video_takes_a_resolution(emulator: Emulator) -> None:
    made = sdk().async_call(
        "wan2.2-i2v-flash", img_url="https://example.org/first.png", resolution="480P"
    )
    assert made.status_code == HTTPStatus.OK
    emulator.advance(10)
    assert sdk().fetch(made).output["task_status"] == "SUCCEEDED"


def test_an_unknown_id_answers_200_and_unknown(emulator: Emulator) -> None:
    fetched = sdk().fetch("502a00b1-19d9-4839-a82f-000000000007")
    assert (fetched.status_code, fetched.output.task_status) == (HTTPStatus.OK, "UNKNOWN")


def test_an_id_is_forgotten_after_a_day(emulator: Emulator) -> None:
    task_id = create().output.task_id
    emulator.advance(24 * 60 * 60 + 1)
    assert sdk().fetch(task_id).output.task_status == "UNKNOWN"


def test_a_waiting_task_can_be_canceled(emulator: Emulator) -> None:
    task_id = frozen(emulator, "pending")
    assert sdk().cancel(task_id).status_code == HTTPStatus.OK
    assert sdk().wait(task_id).output.task_status == "CANCELED"


@pytest.mark.parametrize("state", ["running", "succeeded", "failed"])
def test_any_other_task_cannot_be_canceled(emulator: Emulator, state: str) -> None:
    no = sdk().cancel(frozen(emulator, state))
    assert (no.status_code, no.code) == (HTTPStatus.BAD_REQUEST, "UnsupportedOperation")
    assert no.message == (
        "Failed to cancel the task, please confirm if the task is in PENDING status."
    )


def test_the_list_shows_the_whole_account_page_by_page(emulator: Emulator) -> None:
    ours = create().output.task_id
    foreign = {emulator.add_foreign(prompt=f"foreign {number}").id for number in range(11)}
    first, second = sdk().list(), sdk().list(page_no=2)
    assert (first.output["total"], first.output["total_page"]) == (12, 2)
    lines = first.output["data"] + second.output["data"]
    assert {line["task_id"] for line in lines} == foreign | {ours}
    assert sdk().list(page_no=3).output["data"] == []


def test_the_list_can_be_narrowed(emulator: Emulator) -> None:
    task_id = frozen(emulator, "running")
    emulator.add_foreign(model="wan2.5-t2v-preview")
    listed = sdk().list(model_name=MODEL, status="RUNNING").output["data"]
    assert [line["task_id"] for line in listed] == [task_id]
    assert sdk().list(start_time="20000101000000", end_time="20000102000000").output["data"] == []


def test_a_list_spans_a_day_at_most(emulator: Emulator) -> None:
    listed = sdk().list(start_time="20000101000000", end_time="20000102000000")
    assert listed.status_code == HTTPStatus.OK
    no = sdk().list(start_time="20000101000000", end_time="20000102000001")
    assert (no.status_code, no.code) == (HTTPStatus.BAD_REQUEST, "InvalidParameter")


def test_the_list_has_two_spellings(emulator: Emulator) -> None:
    create()
    headers = {"Authorization": f"Bearer {KEY}"}
    for path in ("/api/v1/tasks", "/api/v1/tasks/"):
        answer = requests.get(emulator.base_url + path, headers=headers, timeout=60)
        assert answer.json()["total"] == 1


def test_a_wrong_key_is_refused_in_json(emulator: Emulator) -> None:
    no = sdk().async_call(MODEL, "a paper boat", api_key="sk-wrong")
    assert (no.status_code, no.code) == (HTTPStatus.UNAUTHORIZED, "InvalidApiKey")
    assert no.message == "Invalid API-key provided."
    assert no.request_id
    assert emulator.charged == 0


def test_an_unheard_of_model_is_refused(emulator: Emulator) -> None:
    no = sdk().async_call("wan9", "a paper boat")
    assert (no.status_code, no.code) == (HTTPStatus.NOT_FOUND, "ModelNotFound")


def test_a_third_task_waits_its_turn(emulator: Emulator) -> None:
    emulator.settings.limit = 2
    emulator.stop_clock()
    made = [create().output.task_id for _ in range(3)]
    emulator.advance(0.2)
    words = [sdk().fetch(task_id).output.task_status for task_id in made]
    assert words == ["RUNNING", "RUNNING", "PENDING"]


def test_or_a_third_task_is_refused(emulator: Emulator) -> None:
    emulator.settings.limit, emulator.settings.over_limit = 2, "refuse"
    emulator.stop_clock()
    create(), create()
    no = create()
    assert (no.status_code, no.code) == (HTTPStatus.TOO_MANY_REQUESTS, "Throttling.RateQuota")
    assert no.message == "Requests rate limit exceeded, please try again later."
    assert (no.output, emulator.charged) == (None, 2)


def test_too_many_questions_a_second_are_throttled(emulator: Emulator) -> None:
    emulator.settings.query_rate = 20
    emulator.stop_clock()
    task_id = create().output.task_id
    codes = [sdk().fetch(task_id).status_code for _ in range(21)]
    assert codes == [HTTPStatus.OK] * 20 + [HTTPStatus.TOO_MANY_REQUESTS]
    emulator.advance(1)
    assert sdk().fetch(task_id).status_code == HTTPStatus.OK


def test_wait_outlives_a_503(emulator: Emulator) -> None:
    emulator.fail("poll", "503")
    assert sdk().wait(create()).output.task_status == "SUCCEEDED"


@pytest.mark.parametrize("name", ["arrearage", "content", "free tier", "model denied", "500"])
def test_error_bodies_reach_the_sdk_whole(emulator: Emulator, name: str) -> None:
    fault = emulator.fail("create", name)
    no = create()
    assert (no.status_code, no.code, no.message) == (fault.status, fault.code, fault.message)
    assert emulator.charged == 0


def test_the_sdk_itself_pays_twice_when_an_answer_is_lost(emulator: Emulator) -> None:
    """It repeats a create on a broken connection; that the emulator shows it is the point."""
    emulator.fail("create", "reset after")
    create()
    assert (len(emulator.creates), emulator.charged) == (2, 2)
