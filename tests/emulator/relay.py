"""The relay's unified video format, `/v2/videos/generations`."""

from __future__ import annotations

from typing import Any

from tests.emulator import wan
from tests.emulator.protocol import Ask, Call, Protocol, View, as_dict
from tests.emulator.state import ENDED, Task
from tests.emulator.wire import Request, Response, answer


class Relay(Protocol):
    name = "relay"
    paths = (
        ("create", "POST", r"/v2/videos/generations"),
        ("poll", "GET", r"/v2/videos/generations/(?P<id>[^/]+)"),
    )
    words = {
        "pending": "NOT_START",
        "running": "IN_PROGRESS",
        "succeeded": "SUCCESS",
        "failed": "FAILURE",
    }

    def read(self, request: Request, call: Call) -> Ask:
        body = as_dict(request.json())
        is_image = body.get("model") == wan.IMAGE_MODEL
        images = body.get("images")
        return Ask(
            model=body.get("model"),
            prompt=body.get("prompt") or "",
            negative_prompt=body.get("negative_prompt") or "",
            size=body.get("resolution" if is_image else "size"),
            duration=body.get("duration"),
            seed=body.get("seed"),
            prompt_extend=body.get("prompt_extend", True),
            image=str(images[0]) if isinstance(images, list) and len(images) == 1 else "",
        )

    def created(self, task: Task) -> Response:
        return answer({"task_id": task.id})

    def polled(self, view: View) -> Response:
        task, ended = view.task, view.state in ENDED
        data: dict[str, Any] = {
            "task_id": view.id,
            "platform": "alibaba",
            "action": "",
            "status": self.word(view),
            "fail_reason": ": ".join(filter(None, view.failure)) if view.state == "failed" else "",
            "submit_time": int(task.created),
            "start_time": 0 if view.state == "pending" else int(task.starts),
            "finish_time": int(task.ends) if ended else 0,
            "progress": f"{view.progress}%",
            "data": None,
            "search_item": "",
        }
        if view.state == "succeeded":
            data["data"] = {"output": view.url}
        return answer(data)

    def missing(self, task_id: str) -> Response:
        return self.refused(404, "task_not_exist", "task not exist")

    def refused(self, status: int, code: str, message: str) -> Response:
        error = {"message": message, "type": "relay_error", "param": "", "code": code}
        return answer({"error": error if code else message}, status)
