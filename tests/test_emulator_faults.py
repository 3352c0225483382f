"""Every fault does what its name says, in all four protocols, and the count stays true."""

from __future__ import annotations

import base64
import io
import json
import socket
import time
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from tests.emulator import Emulator, presets, wan
from tests.emulator.client import EmulatorProcess, RemoteEmulator
from tests.emulator.videos import video

pytest_plugins = ["tests.emulator.fixtures"]

KEY = {"Authorization": "Bearer sk-emulator"}
PROMPT = "a paper boat"
CREATES: dict[str, tuple[str, dict[str, Any]]] = {
    "dashscope": (
        "/api/v1/services/aigc/video-generation/video-synthesis",
        {
            "model": "wan2.2-t2v-plus",
            "input": {"prompt": PROMPT},
            "parameters": {"size": "832*480"},
        },
    ),
    "mulerouter": (
        "/vendors/alibaba/v1/wan2.2-t2v-plus/generation",
        {"prompt": PROMPT, "size": "832*480", "duration": 5},
    ),
    "vtrix": (
        "/model/v1/generation",
        {
            "model": "wan22_t2v_plus",
            "input": [{"params": {"input": {"prompt": PROMPT}, "parameters": {"size": "832*480"}}}],
        },
    ),
    "relay": (
        "/v2/videos/generations",
        {"model": "wan2.2-t2v-plus", "prompt": PROMPT, "size": "832*480"},
    ),
}
POLLS = {
    "dashscope": "/api/v1/tasks/{}",
    "mulerouter": "/vendors/alibaba/v1/wan2.2-t2v-plus/generation/{}",
    "vtrix": "/model/v1/generation/task/{}",
    "relay": "/v2/videos/generations/{}",
}
every_protocol = pytest.mark.parametrize("protocol", CREATES)

Outcome = requests.Response | str


def outcome(method: str, url: str, **more: Any) -> Outcome:
    """The answer, or `timeout` or `broken`."""
    try:
        return requests.request(method, url, timeout=0.5, allow_redirects=False, **more)
    except requests.Timeout:
        return "timeout"
    except requests.RequestException as error:
        return "timeout" if "timed out" in str(error) else "broken"


def create(emulator: Emulator, protocol: str = "dashscope", **changes: Any) -> Outcome:
    path, body = CREATES[protocol]
    headers = {**KEY, "X-DashScope-Async": "enable"}
    return outcome("POST", emulator.base_url + path, json={**body, **changes}, headers=headers)


def poll(emulator: Emulator, task_id: str, protocol: str = "dashscope") -> Outcome:
    return outcome("GET", emulator.base_url + POLLS[protocol].format(task_id), headers=KEY)


def made(emulator: Emulator, state: str = "succeeded", protocol: str = "dashscope") -> str:
    """The id of a task that stays in `state`."""
    assert isinstance(create(emulator, protocol), requests.Response)
    task_id = list(emulator.tasks)[-1]
    emulator.freeze(task_id, state)
    return task_id


def result_url(emulator: Emulator, task_id: str) -> str:
    return emulator.service.result_url(emulator.tasks[task_id])


# What a broken answer looks like from outside: a status, `timeout` or `broken`.
LOOKS = {
    "500 empty": 500,
    "502 html": 502,
    "504 html": 504,
    "redirect": 302,
    "hang": "timeout",
    "header drip": 200,
    "body drip": 200,
    "cut": "broken",
    "reset before": "broken",
    "reset after": "broken",
    "reset in body": "broken",
    "close": "broken",
}


@every_protocol
@pytest.mark.parametrize("name", presets.REFUSALS)
def test_a_refused_create_is_not_charged(emulator: Emulator, protocol: str, name: str) -> None:
    fault = emulator.fail("create", name)
    no = create(emulator, protocol)
    assert isinstance(no, requests.Response)
    assert no.status_code == fault.status
    assert no.headers["content-type"].startswith("application/json")
    assert fault.message in no.text
    assert no.headers.get("retry-after") == fault.headers.get("Retry-After")
    assert (len(emulator.creates), emulator.charged) == (1, 0)


@pytest.mark.parametrize("verb", ["create", "poll"])
@pytest.mark.parametrize("name", presets.BROKEN)
def test_a_broken_answer_looks_as_told(emulator: Emulator, verb: str, name: str) -> None:
    task_id = made(emulator)
    before = emulator.charged
    fault = emulator.fail(verb, name, every=0.0005)
    seen = create(emulator) if verb == "create" else poll(emulator, task_id)
    expected = LOOKS.get(name, 200)
    assert (seen.status_code if isinstance(seen, requests.Response) else seen) == expected
    assert emulator.charged - before == (verb == "create" and fault.charge)


@pytest.mark.parametrize(
    "name", ["200 html", "empty", "truncated json", "10 MB json", "invalid utf-8", "200 without id"]
)
def test_a_spoilt_200_holds_no_task_id(emulator: Emulator, name: str) -> None:
    emulator.fail("create", name)
    answer = create(emulator)
    assert isinstance(answer, requests.Response)
    (task_id,) = emulator.tasks
    assert task_id.encode() not in answer.content
    if name == "10 MB json":
        assert len(answer.content) > 10_000_000
        assert json.loads(answer.content)


def test_a_drip_takes_longer_than_a_read_timeout_allows_for(emulator: Emulator) -> None:
    emulator.fail("create", "header drip", every=0.01)
    start = time.monotonic()
    assert isinstance(create(emulator), requests.Response)
    assert time.monotonic() - start > 0.5  # the timeout of one read


def test_a_reset_is_a_real_one(emulator: Emulator) -> None:
    emulator.fail("create", "reset before")
    path, body = CREATES["dashscope"]
    raw = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", emulator.port)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n\r\n"
        connection.sendall(head.encode() + raw)
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


@every_protocol
@pytest.mark.parametrize("name", presets.LATE)
def test_an_accepted_task_can_fail_late(emulator: Emulator, protocol: str, name: str) -> None:
    fault = emulator.fail("create", name)
    answer = create(emulator, protocol)
    assert isinstance(answer, requests.Response) and answer.ok
    emulator.advance(10)
    polled = poll(emulator, next(iter(emulator.tasks)), protocol)
    assert isinstance(polled, requests.Response) and polled.status_code == 200
    assert fault.failure and fault.failure[0] in polled.text and fault.failure[1] in polled.text


WORDS = {
    "dashscope": ("PENDING", "RUNNING", "SUCCEEDED", "FAILED"),
    "mulerouter": ("pending", "processing", "completed", "failed"),
    "vtrix": ("in_queue", "in_progress", "completed", "failed"),
    "relay": ("NOT_START", "IN_PROGRESS", "SUCCESS", "FAILURE"),
}


def word(answer: Outcome, protocol: str) -> str:
    assert isinstance(answer, requests.Response)
    data = answer.json()
    nest = {"dashscope": "output", "mulerouter": "task_info"}.get(protocol)
    data = data[nest] if nest else data
    return data["task_status" if protocol == "dashscope" else "status"]


@every_protocol
def test_each_protocol_says_every_state_in_its_own_words(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    said = []
    for state in ("pending", "running", "succeeded", "failed"):
        emulator.freeze(task_id, state)
        said.append(word(poll(emulator, task_id, protocol), protocol))
    assert tuple(said) == WORDS[protocol]


@every_protocol
def test_a_poll_may_say_an_unheard_of_word(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "unheard word")
    assert word(poll(emulator, task_id, protocol), protocol) == "POLISHING"
    assert word(poll(emulator, task_id, protocol), protocol) == WORDS[protocol][2]


def test_flapping_goes_back_and_forth(emulator: Emulator) -> None:
    task_id = made(emulator)
    emulator.fail("poll", "flapping")
    said = [word(poll(emulator, task_id), "dashscope") for _ in range(7)]
    assert said == ["RUNNING", "PENDING"] * 3 + ["SUCCEEDED"]


def test_a_storm_of_429_passes(emulator: Emulator) -> None:
    task_id = made(emulator)
    emulator.fail("poll", "429 storm")
    codes = [getattr(poll(emulator, task_id), "status_code", 0) for _ in range(21)]
    assert codes == [429] * 20 + [200]


@every_protocol
def test_a_finished_task_may_come_without_a_url(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "without url")
    answer = poll(emulator, task_id, protocol)
    assert isinstance(answer, requests.Response)
    assert word(answer, protocol) == WORDS[protocol][2]
    assert "/results/" not in answer.text


@every_protocol
def test_another_id_may_be_echoed(emulator: Emulator, protocol: str) -> None:
    task_id = made(emulator, protocol=protocol)
    emulator.fail("poll", "wrong id")
    answer = poll(emulator, task_id, protocol)
    assert isinstance(answer, requests.Response)
    assert "00000000dead" in answer.text and f'"{task_id}"' not in answer.text


@pytest.mark.parametrize(
    ("protocol", "status"),
    [("dashscope", 200), ("mulerouter", 404), ("vtrix", 404), ("relay", 404)],
)
def test_an_unknown_id(emulator: Emulator, protocol: str, status: int) -> None:
    answer = poll(emulator, "nothing-of-ours", protocol)
    assert isinstance(answer, requests.Response) and answer.status_code == status


def fetched(emulator: Emulator, **headers: str) -> Outcome:
    url = result_url(emulator, made(emulator))
    return outcome("GET", url, headers={"Accept-Encoding": "identity", **headers})


DOWNLOADS = {
    "403": 403,
    "404": 404,
    "429": 429,
    "500": 500,
    "503": 503,
    "truncated": "broken",
    "length too long": "broken",
    "oversize told": "broken",
    "206": 206,
    "hang": "timeout",
    "reset": "broken",
    "reset in body": "broken",
}


@pytest.mark.parametrize("name", [name for name in presets.DOWNLOAD if name != "oversize"])
def test_a_bad_download_looks_as_told(emulator: Emulator, name: str) -> None:
    fault = emulator.fail("download", name, every=0)
    seen = fetched(emulator)
    expected = DOWNLOADS.get(name, 302 if "redirect" in name else 200)
    assert (seen.status_code if isinstance(seen, requests.Response) else seen) == expected
    if "redirect" in name and isinstance(seen, requests.Response):
        assert fault.headers["Location"] in seen.headers["location"]


def test_a_truncated_file_without_length_looks_complete(emulator: Emulator) -> None:
    emulator.fail("download", "no length truncated")
    seen = fetched(emulator)
    assert isinstance(seen, requests.Response)
    whole = emulator.content(next(iter(emulator.tasks)))
    assert "content-length" not in seen.headers
    assert whole.startswith(seen.content) and len(seen.content) == len(whole) // 2


def test_a_gzip_bomb_swells_a_thousandfold(emulator: Emulator) -> None:
    emulator.fail("download", "gzip bomb")
    seen = fetched(emulator)
    assert isinstance(seen, requests.Response)
    assert int(seen.headers["content-length"]) < 100_000
    assert len(seen.content) == 50 * 1024 * 1024


def test_an_endless_video_ends_when_the_reader_has_enough(emulator: Emulator) -> None:
    emulator.fail("download", "oversize")
    url = result_url(emulator, made(emulator))
    with requests.get(url, stream=True, timeout=5) as answer:
        pieces = answer.iter_content(1024 * 1024)
        assert sum(len(next(pieces)) for _ in range(20)) > 19_000_000
    assert isinstance(poll(emulator, next(iter(emulator.tasks))), requests.Response)


def test_a_redirect_loop_leads_back_to_itself(emulator: Emulator) -> None:
    emulator.fail("download", "redirect loop")
    with pytest.raises(requests.TooManyRedirects):
        requests.get(result_url(emulator, made(emulator)), timeout=5)


def test_a_result_refuses_a_key(emulator: Emulator) -> None:
    seen = fetched(emulator, **KEY)
    assert isinstance(seen, requests.Response) and seen.status_code == 400


def test_a_result_url_dies_and_cannot_be_forged(emulator: Emulator) -> None:
    url = result_url(emulator, made(emulator))
    forged = url.replace("Expires=", "Expires=9")
    assert requests.get(url, timeout=5).status_code == 200
    assert requests.get(forged, timeout=5).status_code == 403
    emulator.advance(24 * 60 * 60 + 5)
    assert requests.get(url, timeout=5).status_code == 403


@pytest.mark.parametrize("size", wan.SIZES)
def test_every_size_is_a_true_video_of_five_seconds(size: str) -> None:
    content = video(size.replace("*", "x"), faststart=True, mark="one")
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
    assert (stream.codec_context.name, frames, stream.average_rate) == ("h264", 150, 30)
    assert f"{stream.width}*{stream.height}" == size


def test_two_tasks_have_two_files_and_the_index_lies_where_asked() -> None:
    first, second = (video("624x624", faststart=True, mark=mark) for mark in ("one", "two"))
    last = video("624x624", faststart=False, mark="one")
    assert first != second
    assert first.index(b"moov") < first.index(b"mdat")
    assert last.index(b"mdat") < last.index(b"moov")


def test_a_fault_finds_its_prompt_its_task_and_its_turn(emulator: Emulator) -> None:
    emulator.fail("create", "500", prompt="boat", skip=1, times=2)
    codes = [getattr(create(emulator), "status_code", 0) for _ in range(5)]
    assert codes == [200, 500, 500, 200, 200]
    emulator.fail("create", "500", prompt="a cat", times=None)
    assert getattr(create(emulator), "status_code", 0) == 200
    first, second, *_ = emulator.tasks
    emulator.fail("poll", "502 html", task=second)
    assert getattr(poll(emulator, first), "status_code", 0) == 200
    assert getattr(poll(emulator, second), "status_code", 0) == 502


def test_a_fault_of_one_protocol_spares_the_others(emulator: Emulator) -> None:
    emulator.fail("create", "500", protocol="relay", times=None)
    codes = {name: getattr(create(emulator, name), "status_code", 0) for name in CREATES}
    assert codes == {"dashscope": 200, "mulerouter": 202, "vtrix": 200, "relay": 500}


def test_a_misspelt_fault_is_no_fault() -> None:
    with pytest.raises(ValueError, match="no fault is called"):
        Emulator().fail("create", "reste after")
    with pytest.raises(ValueError, match="a fault has no"):
        Emulator().fail("create", statsu=500)


@every_protocol
def test_without_a_key_nobody_comes_in(emulator: Emulator, protocol: str) -> None:
    path, body = CREATES[protocol]
    no = requests.post(emulator.base_url + path, json=body, timeout=5)
    assert no.status_code == 401
    assert "No API-key provided." in no.text


def test_dashscope_refuses_to_wait_with_us(emulator: Emulator) -> None:
    path, body = CREATES["dashscope"]
    no = requests.post(emulator.base_url + path, json=body, headers=KEY, timeout=5)
    assert (no.status_code, no.json()["code"]) == (403, "AccessDenied")
    assert set(no.json()) == {"code", "message", "request_id"}


def test_a_path_may_have_a_prefix(emulator: Emulator) -> None:
    path, body = CREATES["dashscope"]
    headers = {**KEY, "X-DashScope-Async": "enable"}
    url = f"{emulator.base_url}/alibailian{path}"
    made = requests.post(url, json=body, headers=headers, timeout=5)
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
    assert requests.post(url, json=wrong, headers=KEY, timeout=5).status_code == 200
    emulator.advance(10)
    answer = poll(emulator, next(iter(emulator.tasks)), protocol)
    assert isinstance(answer, requests.Response)
    assert word(answer, protocol) == WORDS[protocol][3]
    assert "size must be in" in answer.text


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
    return requests.post(emulator.base_url + path, json=body, headers=headers, timeout=5)


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
    assert requests.get(url, headers=other, timeout=5).json()["total"] == 0
    polled = requests.get(url + task_id, headers=other, timeout=5).json()
    assert polled["output"]["task_status"] == "UNKNOWN"


def test_the_list_may_lag_behind(emulator: Emulator) -> None:
    emulator.settings.list_lag = 30
    made(emulator)
    url = f"{emulator.base_url}/api/v1/tasks"
    assert requests.get(url, headers=KEY, timeout=5).json()["total"] == 0
    emulator.advance(31)
    assert requests.get(url, headers=KEY, timeout=5).json()["total"] == 1


def test_other_processes_have_the_same_handles(emulator: Emulator) -> None:
    remote = RemoteEmulator(emulator.base_url)
    remote.fail("create", "reset after")
    assert create(emulator) == "broken"
    state = remote.state()
    assert (state["charged"], state["creates"][0]["accepted"]) == (1, True)
    assert state["creates"][0]["body"]["input"] == {"prompt": PROMPT}
    remote.freeze(state["tasks"][0]["id"], "running")
    assert remote.state()["tasks"][0]["state"] == "running"
    remote.add_foreign(prompt="theirs")
    assert (remote.charged, len(remote.state()["tasks"])) == (1, 2)
    with pytest.raises(ValueError, match="no fault is called"):
        remote.fail("create", "misspelt")
    remote.clear()
    assert (remote.charged, remote.state()["tasks"], remote.requests()) == (0, [], [])


def test_what_was_recorded_outlives_a_kill(tmp_path: Path) -> None:
    with EmulatorProcess(journal=tmp_path / "journal", seconds=60) as process:
        emulator: Any = process
        create(emulator)
        process.fail("create", "reset after")
        assert create(emulator) == "broken"
        before = process.state()
        process.kill()
        process.start()
        after = process.state()
        assert after["charged"] == before["charged"] == 2
        assert after["creates"] == before["creates"]
        polled = poll(emulator, after["tasks"][0]["id"])
        assert word(polled, "dashscope") in ("PENDING", "RUNNING")
