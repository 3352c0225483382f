"""Vtrix: one generic endpoint; the body in a list wrapper or plain, both are taken."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from tests.emulator import wan
from tests.emulator.protocol import Ask, Call, Protocol, Refusal, View, as_dict
from tests.emulator.state import Task
from tests.emulator.wire import Request, Response, answer

UPSTREAM_FAILED = "002014001"
PRICES = {"832x480": "0.10", "480x832": "0.10", "624x624": "0.10"}


class Vtrix(Protocol):
    name = "vtrix"
    paths = (
        ("create", "POST", r"/model/v1/generation"),
        ("poll", "GET", r"/model/v1/generation/task/(?P<id>[^/]+)"),
    )
    words = {
        "pending": "in_queue",
        "running": "in_progress",
        "succeeded": "completed",
        "failed": "failed",
    }
    models = {"wan22_t2v_plus": wan.TEXT_MODEL, "wan22_i2v_flash": wan.IMAGE_MODEL}
    prompt_required = (wan.TEXT_MODEL,)

    def read(self, request: Request, call: Call) -> Ask:
        body = as_dict(request.json())
        given, parameters = _parts(body)
        is_image = body.get("model") == "wan22_i2v_flash"
        return Ask(
            model=body.get("model"),
            prompt=given.get("prompt") or "",
            negative_prompt=given.get("negative_prompt") or "",
            size=parameters.get("resolution" if is_image else "size"),
            duration=parameters.get("duration"),
            seed=parameters.get("seed"),
            prompt_extend=parameters.get("prompt_extend", True),
            image=str(given.get("img_url") or ""),
        )

    def task(self, ask: Ask, account: str) -> Task:
        task = super().task(ask, account)
        task.id = secrets.token_hex(10)
        return task

    def created(self, task: Task) -> Response:
        return answer(_head(task.id, task, "in_progress", 0.0))

    def polled(self, view: View) -> Response:
        data = _head(view.id, view.task, self.word(view), view.progress / 100)
        if view.state == "failed":
            code, message = view.failure
            named = {"code": UPSTREAM_FAILED, "message": f"{code}: {message}"}
            data["error"] = named if code else message
        if view.state == "succeeded":
            data |= _result(view)
        return answer(data)

    def missing(self, task_id: str) -> Response:
        return answer({"message": "task not found"}, 404)

    def refused(self, status: int, code: str, message: str) -> Response:
        return answer({"error": code, "message": message} if code else {"error": message}, status)


def _parts(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """`input` and `parameters`, from either shape."""
    given = body.get("input")
    if isinstance(given, list):
        if not given:
            raise Refusal(400, "invalid_request", "input is empty")
        params = as_dict(as_dict(given[0]).get("params"))
        return as_dict(params.get("input")), as_dict(params.get("parameters"))
    return as_dict(given), as_dict(body.get("parameters"))


def _head(task_id: str, task: Task, status: str, progress: float) -> dict[str, Any]:
    return {
        "id": task_id,
        "created_at": int(task.created),
        "status": status,
        "model": task.model,
        "progress": progress,
    }


def _result(view: View) -> dict[str, Any]:
    content = {"type": "video", "url": view.url, "jobId": str(uuid.uuid4())}
    return {
        "output": [{"content": [content] if view.url else []}],
        "usage": {"cost": PRICES.get(view.task.size, "0.50"), "discount": 1},
        "metadata": {},
    }
