"""MuleRouter: one path per model, flat bodies, an envelope around the task."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.emulator import wan
from tests.emulator.protocol import Ask, Call, Protocol, Refusal, View
from tests.emulator.state import Task
from tests.emulator.wire import Request, Response, answer

UPSTREAM_FAILED = 3001
EXTERNAL_FAILED = 3005
CODES = {400: 2001, 404: 2001, 429: 4008}


class MuleRouter(Protocol):
    name = "mulerouter"
    paths = (
        ("create", "POST", r"/vendors/alibaba/v1/(?P<model>[^/]+)/generation"),
        ("poll", "GET", r"/vendors/alibaba/v1/(?P<model>[^/]+)/generation/(?P<id>[^/]+)"),
    )
    words = {
        "pending": "pending",
        "running": "processing",
        "succeeded": "completed",
        "failed": "failed",
    }

    def let_in(self, request: Request, call: Call, keys: tuple[str, ...]) -> None:
        given = request.headers.get("authorization", "")
        if given and not given.lower().startswith("bearer "):
            raise Refusal(401, "Unauthorized", "Invalid Authorization header format")
        super().let_in(request, call, keys)

    def read(self, request: Request, call: Call) -> Ask:
        body = request.json()
        if not isinstance(body, dict):
            raise Refusal(400, "Invalid Request", "the body is not a JSON object")
        is_image = call.model == wan.IMAGE_MODEL
        return Ask(
            model=call.model,
            prompt=body.get("prompt") or "",
            negative_prompt=body.get("negative_prompt") or "",
            size=body.get("resolution" if is_image else "size"),
            duration=body.get("duration"),
            seed=body.get("seed"),
            prompt_extend=body.get("prompt_extend", True),
            image=str(body.get("image") or ""),
        )

    def check(self, ask: Ask) -> None:
        """A schema stands at the door here: what others cut or fail later is refused."""
        super().check(ask)
        if len(ask.prompt) > wan.PROMPT_LIMIT:
            raise Refusal(400, "Invalid Request", "prompt is longer than 800")
        if len(ask.negative_prompt) > wan.NEGATIVE_PROMPT_LIMIT:
            raise Refusal(400, "Invalid Request", "negative_prompt is longer than 500")
        if ask.size is None:
            return
        if failure := wan.late_failure(ask.model, ask.size, ask.duration):
            raise Refusal(400, "Invalid Request", failure[1])

    def created(self, task: Task) -> Response:
        info = {"id": task.id, "status": "pending", **_times(task.created, task.created)}
        return answer({"task_info": info}, 202, traceparent=_trace())

    def polled(self, view: View) -> Response:
        updated = min(view.now, view.task.ends)
        info: dict[str, Any] = {"id": view.id, "status": self.word(view)}
        info |= _times(view.task.created, updated)
        data: dict[str, Any] = {"task_info": info}
        if view.state == "failed":
            data = _failed(info, *view.failure)
        if view.state == "succeeded" and view.url:
            data["videos"] = [view.url]
        return answer(data, traceparent=_trace())

    def missing(self, task_id: str) -> Response:
        return answer({"detail": "Task not found"}, 404)

    def refused(self, status: int, code: str, message: str) -> Response:
        if status == 401:
            return answer({"detail": message}, status)
        named = {"code": CODES.get(status, 4002), "title": code, "detail": message}
        error = named if code else message
        info = {"id": str(uuid.uuid4()), "status": "failed", "error": error}
        return answer({"task_info": info}, status)


def _failed(info: dict[str, Any], code: str, message: str) -> dict[str, Any]:
    """The two documented shapes, and the plain text that the operator's client is ready for."""
    if not code:
        return {"task_info": info | {"error": message}}
    detail = f"{code}: {message}"
    if code.startswith("InternalError"):
        title = "External service execution failed"
        error = {"error_code": EXTERNAL_FAILED, "title": title, "detail": detail}
        return {"task_info": info, "error": error}
    error = {"code": UPSTREAM_FAILED, "title": "Task Execution Error", "detail": detail}
    return {"task_info": info | {"error": error}}


def _times(created: float, updated: float) -> dict[str, str]:
    return {"created_at": _clock(created), "updated_at": _clock(updated)}


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def _trace() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
