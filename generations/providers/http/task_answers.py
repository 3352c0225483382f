"""Where a response says what about a task, in all forms that services and relays use.

Relays wrap the response of the service behind them, once or twice, in their own objects. Therefore
the ID, state, reason and URL of a task are looked for in all known places, whoever answers.
"""

import re
from collections.abc import Callable
from typing import Any

from generations.providers.base import RemoteState
from generations.providers.http.error_codes import passed_on
from generations.providers.http.response import Json, ParsedTask, Said, first, part, percent, text
from generations.providers.http.task_states import STATES, normalized

STRONG_IDS = ("task_id", "taskId")
WEAK_IDS = ("id", "generation_id", "generationId")  # may be the ID of something else
STATE_NAMES = ("task_status", "taskStatus", "status", "state")
WRAPPERS = ("data", "output", "task_info", "task", "result", "results", "response")
MAX_LAYERS = 30
MAX_ID_LENGTH = 255

# In order of preference. new-api has stored the URL of a finished task in `fail_reason`.
ADDRESS_NAMES = (
    *("video_url", "videoUrl", "result_url", "resultUrl", "videos", "video", "outputs", "output"),
    *("results", "result", "data", "content", "contents", "metadata", "urls", "url"),
    *("download_url", "fail_reason"),
)
MAX_DEPTH = 8
MAX_ITEMS = 50
ADDRESS = re.compile(r"(https?:/)?/+[^/\s]", re.I)
OTHER_MEDIA = re.compile(r"image|audio|text", re.I)

# Codes and messages with which some gateways report success.
NO_ERROR = ("0", "200", "201", "202", "ok", "success")
REASON_NAMES = (
    *("fail_reason", "failReason", "failure_reason", "fail_message", "task_status_msg"),
    *("error_message", "errorMessage", "error_msg", "reason", "message", "msg", "detail"),
)


def layers(body: Json) -> list[Json]:
    """`body` and the objects wrapped in it, outer ones first."""
    found = [body]
    for layer in found:  # which grows meanwhile
        for name in WRAPPERS:
            inner = layer.get(name)
            if isinstance(inner, list) and len(inner) == 1:
                inner = inner[0]
            if isinstance(inner, dict) and len(found) < MAX_LAYERS:
                found.append(inner)
    return found


def task_ids(body: Json) -> tuple[str, ...]:
    """Every id in `body` that may be its task's, the surest first."""
    names = (*STRONG_IDS, *WEAK_IDS)
    told = [text(layer, name) for name in names for layer in layers(body)]
    return tuple(dict.fromkeys(each for each in told if each and "\ufffd" not in each))


def task_part(body: Json, remote_id: str = "") -> Json:
    """The part of `body` that tells the state of the task `remote_id`.

    The one with this id; else one with an id; else the innermost, since what is around it
    often has a state of its own, of the call.
    """
    told = [(depth, each) for depth, each in enumerate(layers(body)) if state_word(each)]
    if not told:
        return body

    def rank(found: tuple[int, Json]) -> tuple[bool, bool, bool, int]:
        depth, layer = found
        own = [text(layer, name) for name in (*STRONG_IDS, *WEAK_IDS)]
        sure = any(text(layer, name) for name in STRONG_IDS)
        return bool(remote_id) and remote_id in own, sure, any(own), -depth if any(own) else depth

    return max(told, key=rank)[1]


def state_word(layer: Json) -> str:
    return first(*(text(layer, name) for name in STATE_NAMES))


def video_address(found: Any, depth: int = 0) -> str:
    """The first address of a video in `found`, as it was written; "" if there is none."""
    if isinstance(found, str):
        return found.strip() if ADDRESS.match(found.strip()) else ""
    if depth >= MAX_DEPTH:
        return ""
    if isinstance(found, list):
        return first(*(video_address(each, depth + 1) for each in found[:MAX_ITEMS]))
    if not isinstance(found, dict) or OTHER_MEDIA.search(text(found, "type")):
        return ""
    return next(filter(None, (video_address(found.get(n), depth + 1) for n in ADDRESS_NAMES)), "")


def reason_of(task: Json, body: Json, read_error: Callable[[Json], Said]) -> Said:
    """The code and message that tell what became of the task, wherever in `body` they stand."""
    for layer in (task, *layers(body)):
        words = first(*(text(layer, name) for name in REASON_NAMES))
        for told in (read_error(layer), passed_on("", words)):
            if any(told) and not any(each.lower() in NO_ERROR for each in told):
                return told
    return "", ""


def reading_of(task: Json, body: Json, read_error: Callable[[Json], Said]) -> ParsedTask:
    """What `body` says of a task, `task` being its part about that; without the facts."""
    return ParsedTask(
        remote_ids=task_ids(body),
        word=state_word(task),
        video_url=video_address(task) or video_address(body),
        error=reason_of(task, body, read_error),
        progress=percent(part(task, "progress")),
    )


def is_about_another(
    told: tuple[str, ...], remote_id: str, same: Callable[[str, str], bool]
) -> bool:
    """Do all ids in an answer differ from the one asked for?

    Numbers are those of a relay's own rows (new-api tells them, too), unless ours is one.
    """
    ids = [each for each in told if remote_id.isdecimal() or not each.isdecimal()]
    return bool(ids) and not any(same(each, remote_id) for each in ids)


def created_ids(body: Json, documented: str, request_id: str) -> tuple[str, str]:
    """The id that a create's answer gives, and one that only staff should see, in doubt.

    `documented` is what stands where the service has its ids. Else it is a name that nothing
    else has; or any name, if no error stands beside it and it is not the id of the call.
    """
    sure = first(*(text(layer, name) for name in STRONG_IDS for layer in layers(body)))
    if remote_id := usable(documented or sure):
        return remote_id, ""
    likely = usable(first(*(each for each in task_ids(body) if each != request_id)))
    if any(part(layer, "error") or part(layer, "success") is False for layer in layers(body)):
        likely = ""
    failed = STATES.get(normalized(state_word(task_part(body)))) == RemoteState.FAILED
    codes = (text(layer, "code").lower() for layer in layers(body))
    doubtful = failed or any(code and code not in NO_ERROR for code in codes)
    return ("", likely) if doubtful else (likely, "")


def usable(remote_id: str) -> str:
    """`remote_id` if it can be one; else ""."""
    printable = remote_id.isprintable() and "\ufffd" not in remote_id
    return (
        remote_id if remote_id.strip(".") and printable and len(remote_id) <= MAX_ID_LENGTH else ""
    )
