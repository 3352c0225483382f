"""DashScope (Alibaba Cloud Model Studio), as its references describe it in 2026."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.emulator import wan
from tests.emulator.protocol import Ask, Call, Protocol, Refusal, View, as_dict
from tests.emulator.state import DAY, ENDED, State, Task
from tests.emulator.wire import Request, Response, answer

RATE = "Requests rate limit exceeded, please try again later."
NO_CANCEL = "Failed to cancel the task, please confirm if the task is in PENDING status."
LONG_SPAN = "The span from start_time to end_time must not exceed 24 hours."
NO_SYNC = "current user api does not support synchronous calls."


class DashScope(Protocol):
    name = "dashscope"
    paths = (
        ("create", "POST", r"/api/v1/services/aigc/video-generation/video-synthesis"),
        ("cancel", "POST", r"/api/v1/tasks/(?P<id>[^/]+)/cancel"),
        ("list", "GET", r"/api/v1/tasks/?"),
        ("poll", "GET", r"/api/v1/tasks/(?P<id>[^/]+)"),
    )
    words = {
        word: word.upper()
        for word in ("pending", "running", "succeeded", "failed", "canceled", "unknown")
    }
    prompt_required = (wan.TEXT_MODEL,)

    def let_in(self, request: Request, call: Call, keys: tuple[str, ...]) -> None:
        super().let_in(request, call, keys)
        if call.verb == "create" and request.headers.get("x-dashscope-async") != "enable":
            raise Refusal(403, "AccessDenied", NO_SYNC)

    def read(self, request: Request, call: Call) -> Ask:
        body = request.json()
        if not isinstance(body, dict):
            raise Refusal(400, "InvalidParameter", "Required body invalid, please check the body.")
        if not body.get("model"):
            raise Refusal(400, "BadRequest.EmptyModel", 'Required parameter "model" missing.')
        if not as_dict(body.get("input")):
            raise Refusal(400, "BadRequest.EmptyInput", 'Required parameter "input" missing.')
        given, parameters = body["input"], as_dict(body.get("parameters"))
        is_image = body["model"] == wan.IMAGE_MODEL
        return Ask(
            model=body["model"],
            prompt=given.get("prompt") or "",
            negative_prompt=given.get("negative_prompt") or "",
            size=parameters.get("resolution" if is_image else "size"),
            duration=parameters.get("duration"),
            seed=parameters.get("seed"),
            prompt_extend=parameters.get("prompt_extend", True),
            image=str(given.get("img_url") or ""),
        )

    def created(self, task: Task) -> Response:
        return _answer({"output": {"task_status": "PENDING", "task_id": task.id}})

    def polled(self, view: View) -> Response:
        output: dict[str, Any] = {"task_id": view.id, "task_status": self.word(view)}
        if view.state in ("pending", "unknown"):
            return _answer({"output": output})
        output |= self._times(view)
        if view.state == "failed":
            code, message = view.failure
            output |= {"code": code, "message": message}
        if view.state != "succeeded":
            return _answer({"output": output})
        return _answer({"output": output | _result(view), "usage": _usage(view)})

    def _times(self, view: View) -> dict[str, str]:
        task = view.task
        times = {"submit_time": _clock(task.created), "scheduled_time": _clock(task.starts)}
        return times | {"end_time": _clock(task.ends)} if view.state in ENDED else times

    def missing(self, task_id: str) -> Response:
        return _answer({"output": {"task_id": task_id, "task_status": "UNKNOWN"}})

    def refused(self, status: int, code: str, message: str) -> Response:
        return _answer({"code": code, "message": message}, status)

    def canceled(self, task: Task | None, state: State) -> Response:
        if task is None or task.state(state.now()) != "pending":
            return self.refused(400, "UnsupportedOperation", NO_CANCEL)
        task.canceled, task.ends = True, state.now()
        state.write_task(task)
        return _answer({})

    def listed(self, request: Request, state: State) -> Response:
        """One page of the whole account's tasks: ours and everybody else's."""
        query = request.query
        if _span(query) > DAY:
            return self.refused(400, "InvalidParameter", LONG_SPAN)
        number, size = _number(query, "page_no", 1), _number(query, "page_size", 10)
        found = [
            task
            for task in state.listed(self.name, request.bearer)
            if self._is_asked_for(task, query, state)
        ]
        page = found[(number - 1) * size : number * size]
        return _answer(
            {
                "total": len(found),
                "total_page": -(-len(found) // size),
                "page_no": number,
                "page_size": size,
                "data": [self._line(task, state.now()) for task in page],
            }
        )

    def _is_asked_for(self, task: Task, query: dict[str, str], state: State) -> bool:
        hours = state.settings.zone_hours
        start = _stamp(query.get("start_time"), hours, float("-inf"))
        end = _stamp(query.get("end_time"), hours, float("inf"))
        word = self.words[task.state(state.now())]
        return (
            start <= task.created <= end
            and query.get("model_name") in (None, "", task.model)
            and query.get("status") in (None, "", word)
            and query.get("task_id") in (None, "", task.id)
        )

    def _line(self, task: Task, now: float) -> dict[str, Any]:
        line = {
            "task_id": task.id,
            "status": self.words[task.state(now)],
            "model_name": task.model,
            "gmt_create": _milliseconds(task.created),
            "region": "ap-southeast-1",
            "request_id": str(uuid.uuid4()),
            "api_key_id": "1234",
            "caller_uid": "1",
            "caller_parent_id": "1",
            "user_api_unique_key": f"apikey:v1:aigc:video-generation:video-synthesis:{task.model}",
        }
        if task.state(now) != "pending":
            line["start_time"] = _milliseconds(task.starts)
        if task.state(now) in ENDED:
            line["end_time"] = _milliseconds(task.ends)
        return line


def _answer(data: dict[str, Any], status: int = 200) -> Response:
    return answer({"request_id": str(uuid.uuid4()), **data}, status)


def _result(view: View) -> dict[str, str]:
    task = view.task
    result = {"video_url": view.url} if view.url else {}
    result["orig_prompt"] = task.prompt
    if task.prompt_extend:
        result["actual_prompt"] = f"A slow, richly lit shot: {task.prompt}"
    return result


def _usage(view: View) -> dict[str, Any]:
    size = view.task.size
    if view.usage == "tier":
        return {"SR": wan.tier(size), "duration": 5, "video_count": 1}
    return {"video_duration": 5, "video_ratio": size.replace("x", "*"), "video_count": 1}


def _clock(at: float, hours: int = 8) -> str:
    """The zone is not told; the references' samples are in UTC+8."""
    there = datetime.fromtimestamp(at, timezone(timedelta(hours=hours)))
    return there.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _stamp(text: str | None, hours: int, default: float) -> float:
    """`YYYYMMDDhhmmss` as Unix time; `default` for none and for nonsense."""
    try:
        at = datetime.strptime(text or "", "%Y%m%d%H%M%S")
    except ValueError:
        return default
    return at.replace(tzinfo=timezone(timedelta(hours=hours))).timestamp()


def _span(query: dict[str, str]) -> float:
    """Seconds between the two times of a list; 0 if one is left open."""
    start, end = (_stamp(query.get(name), 0, 0) for name in ("start_time", "end_time"))
    return end - start if start and end else 0


def _milliseconds(at: float) -> int:
    return int(at * 1000)


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return max(1, int(text)) if text.isdecimal() else default
