"""Plain calls to the services, for tests of the emulator itself: no adapter, no SDK."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator import Emulator

KEY = {"Authorization": "Bearer sk-emulator"}
PROMPT = "a paper boat"
TIMEOUT = 60.0  # seconds; tests of what never answers make it shorter
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
        return requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **more)
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
    return str(data["task_status" if protocol == "dashscope" else "status"])
