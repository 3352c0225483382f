"""What the four protocols accept, refuse, cut in silence and fail late."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
import requests
from PIL import Image

from tests.emulator import Emulator, wan
from tests.emulator.calls import (
    CREATES,
    KEY,
    PROMPT,
    WORDS,
    create,
    every_protocol,
    made,
    poll,
    word,
)


@every_protocol
def test_each_protocol_says_every_state_in_its_own_words(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    said = []
    for state in ("pending", "running", "succeeded", "failed"):
        emulator.freeze(task_id, state)
        said.append(word(poll(emulator, task_id, protocol), protocol))
    assert tuple(said) == WORDS[protocol]


@pytest.mark.parametrize(
    ("protocol", "status"),
    [("dashscope", 200), ("mulerouter", 404), ("vtrix", 404), ("relay", 404)],
)
def test_an_unknown_id(emulator: Emulator, protocol: str, status: int) -> None:
    answer = poll(emulator, "nothing-of-ours", protocol)
    assert isinstance(answer, requests.Response) and answer.status_code == status


@every_protocol
def test_without_a_key_nobody_comes_in(emulator: Emulator, protocol: str) -> None:
    path, body = CREATES[protocol]
    no = requests.post(emulator.base_url + path, json=body, timeout=60)
    assert no.status_code == 401
    assert "No API-key provided." in no.text


def test_dashscope_refuses_to_wait_with_us(emulator: Emulator) -> None:
    path, body = CREATES["dashscope"]
    no = requests.post(emulator.base_url + path, json=body, headers=KEY, timeout=60)
    assert (no.status_code, no.json()["code"]) == (403, "AccessDenied")
    assert set(no.json()) == {"code", "message", "request_id"}


def test_a_path_may_have_a_prefix(emulator: Emulator) -> None:
    path, body = CREATES["dashscope"]
    headers = {**KEY, "X-DashScope-Async": "enable"}
    url = f"{emulator.base_url}/alibailian{path}"
    made = requests.post(url, json=body, headers=headers, timeout=60)
    assert made.json()["output"]["task_id"] in emulator.tasks


def test_mulerouter_has_a_schema_at_the_door(emulator: Emulator) -> None:
    for wrong in ({"size": "1280*720"}, {"duration": 8}, {"prompt": "x" * 801}, {"seed": -1}):
        no = create(emulator, "mulerouter", **wrong)
        assert isinstance(no, requests.Response) and no.status_code == 400
        info = no.json()["task_info"]
        assert (info["status"], info["error"]["code"]) == ("failed", 2001)
    assert emulator.charged == 0


@pytest.mark.parametrize("protocol", ["vtrix", "relay"])
def test_the_gateways_fail_late_as_their_origin_does(emulator: Emulator, protocol: str) -> None:
    path, body = CREATES[protocol]
    wrong = json.loads(json.dumps(body).replace("832*480", "1280*720"))
    url = emulator.base_url + path
    assert requests.post(url, json=wrong, headers=KEY, timeout=60).status_code == 200
    emulator.advance(10)
    answer = poll(emulator, next(iter(emulator.tasks)), protocol)
    assert isinstance(answer, requests.Response)
    assert word(answer, protocol) == WORDS[protocol][3]
    assert "size must be in" in answer.text


@pytest.mark.parametrize(
    ("fault", "shape"),
    [
        ("late content", {"task_info": {"code", "title", "detail"}}),
        ("late internal", {"error": {"error_code", "title", "detail"}}),
        ("late words", {"task_info": str}),
    ],
)
def test_mulerouter_has_three_shapes_of_failure(
    emulator: Emulator, fault: str, shape: dict[str, Any]
) -> None:
    emulator.fail("create", fault)
    create(emulator, "mulerouter")
    emulator.advance(10)
    answer = poll(emulator, next(iter(emulator.tasks)), "mulerouter")
    assert isinstance(answer, requests.Response)
    told = answer.json()
    errors = {"task_info": told["task_info"].get("error"), "error": told.get("error")}
    found = {name: error for name, error in errors.items() if error}
    assert {n: set(e) if isinstance(e, dict) else type(e) for n, e in found.items()} == shape


def test_vtrix_takes_both_bodies(emulator: Emulator) -> None:
    plain = {"prompt": "plain"}
    assert getattr(create(emulator, "vtrix"), "status_code", 0) == 200
    assert getattr(create(emulator, "vtrix", input=plain), "status_code", 0) == 200
    assert [task.prompt for task in emulator.tasks.values()] == [PROMPT, "plain"]


IMAGES: dict[str, dict[str, Any]] = {
    "dashscope": {"model": wan.IMAGE_MODEL, "input": {"img_url": "PICTURE"}},
    "mulerouter": {"prompt": PROMPT, "image": "PICTURE", "resolution": "720P"},
    "vtrix": {
        "model": "wan22_i2v_flash",
        "input": [{"params": {"input": {"img_url": "PICTURE"}, "parameters": {}}}],
    },
    "relay": {"model": wan.IMAGE_MODEL, "prompt": PROMPT, "images": ["PICTURE"]},
}


def picture(width: int, height: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def create_from(emulator: Emulator, protocol: str, reference: str) -> requests.Response:
    body = json.loads(json.dumps(IMAGES[protocol]).replace("PICTURE", reference))
    path = CREATES[protocol][0].replace(wan.TEXT_MODEL, wan.IMAGE_MODEL)
    headers = {**KEY, "X-DashScope-Async": "enable"}
    return requests.post(emulator.base_url + path, json=body, headers=headers, timeout=60)


@every_protocol
def test_a_picture_gives_the_video_its_shape(emulator: Emulator, protocol: str) -> None:
    assert create_from(emulator, protocol, picture(600, 800)).ok
    (task,) = emulator.tasks.values()
    width, height = (int(side) for side in task.size.split("x"))
    assert abs(width / height - 600 / 800) < 0.01
    assert abs(width * height / (1280 * 720) - 1) < 0.01


@every_protocol
def test_a_picture_too_small_fails_late(emulator: Emulator, protocol: str) -> None:
    assert create_from(emulator, protocol, picture(359, 800)).ok
    emulator.advance(10)
    (task,) = emulator.tasks.values()
    assert task.state(emulator.state.now()) == "failed"


@every_protocol
def test_without_a_picture_there_is_no_task(emulator: Emulator, protocol: str) -> None:
    assert create_from(emulator, protocol, "").status_code == 400
    assert emulator.charged == 0


def test_a_long_prompt_is_cut_in_silence(emulator: Emulator) -> None:
    create(emulator, input={"prompt": "字" * 801})
    (task,) = emulator.tasks.values()
    emulator.freeze(task.id, "succeeded")
    answer = poll(emulator, task.id)
    assert isinstance(answer, requests.Response)
    assert answer.json()["output"]["orig_prompt"] == "字" * 800


def test_one_account_does_not_see_another(emulator: Emulator) -> None:
    emulator.settings.keys = ("sk-emulator", "sk-other")
    task_id = made(emulator)
    other = {"Authorization": "Bearer sk-other"}
    url = f"{emulator.base_url}/api/v1/tasks/"
    assert requests.get(url, headers=other, timeout=60).json()["total"] == 0
    polled = requests.get(url + task_id, headers=other, timeout=60).json()
    assert polled["output"]["task_status"] == "UNKNOWN"


def test_the_list_may_lag_behind(emulator: Emulator) -> None:
    emulator.settings.list_lag = 30
    made(emulator)
    url = f"{emulator.base_url}/api/v1/tasks"
    assert requests.get(url, headers=KEY, timeout=60).json()["total"] == 0
    emulator.advance(31)
    assert requests.get(url, headers=KEY, timeout=60).json()["total"] == 1


ODD: list[Any] = [None, [], "text", 7, {}, {"model": []}, {"model": {}, "input": 1}]
ODD += [{"model": wan.TEXT_MODEL, "input": odd} for odd in ([], "x", {"prompt": 7})]
ODD += [{"model": wan.IMAGE_MODEL, "input": {"img_url": odd}} for odd in (7, [], {}, "file:///x")]


@every_protocol
@pytest.mark.parametrize("body", ODD, ids=repr)
def test_odd_bodies_are_refused(emulator: Emulator, protocol: str, body: Any) -> None:
    headers = {**KEY, "X-DashScope-Async": "enable"}
    url = emulator.base_url + CREATES[protocol][0]
    no = requests.post(url, data=json.dumps(body), headers=headers, timeout=60)
    assert 400 <= no.status_code < 500
    assert emulator.charged == 0


@pytest.mark.parametrize(
    "parameters", [{"size": []}, {"size": {}}, {"duration": "5"}, {"resolution": 7}]
)
def test_odd_parameters_are_accepted_and_judged_late(
    emulator: Emulator, parameters: dict[str, Any]
) -> None:
    assert getattr(create(emulator, parameters=parameters), "status_code", 0) == 200
