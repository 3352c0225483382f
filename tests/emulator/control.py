"""`/_emulator/`: the same handles over HTTP, for tests in other processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.emulator.state import as_json
from tests.emulator.wire import Request, Response, answer

if TYPE_CHECKING:
    from tests.emulator.server import Emulator

PREFIX = "/_emulator/"


def handle(emulator: Emulator, request: Request) -> Response:
    name = request.path.removeprefix(PREFIX).strip("/")
    action = ACTIONS.get((request.method, name))
    if action is None:
        return answer({"error": f"nothing at {request.method} {request.path}"}, 404)
    try:
        return answer(action(emulator, request))
    except (KeyError, TypeError, ValueError) as error:
        return answer({"error": str(error)}, 400)


def state(emulator: Emulator, request: Request) -> dict[str, Any]:
    """Tasks, creates and counts; `/_emulator/requests` has the rest."""
    now = emulator.state.now()
    return {
        "now": now,
        "charged": emulator.charged,
        "received": emulator.intake.received,
        "counts": Counter(seen.verb for seen in emulator.requests),
        "creates": [as_json(seen) for seen in emulator.creates],
        "tasks": [
            asdict(task) | {"state": task.state(now)} for task in list(emulator.tasks.values())
        ],
        "faults": emulator.faults.as_json(),
        "settings": asdict(emulator.settings),
    }


def requests(emulator: Emulator, request: Request) -> list[dict[str, Any]]:
    """Every request, or only those of `?verb=`."""
    verb = request.query.get("verb")
    return [as_json(seen) for seen in emulator.requests if verb in (None, seen.verb)]


def add_faults(emulator: Emulator, request: Request) -> dict[str, Any]:
    """One fault as an object, or a list of them: `{"verb": "create", "name": "reset after"}`."""
    body = request.json()
    for fault in body if isinstance(body, list) else [body]:
        emulator.fail(**fault)
    return {"faults": emulator.faults.as_json()}


def clear_faults(emulator: Emulator, request: Request) -> dict[str, Any]:
    emulator.faults.clear()
    return {}


def clear(emulator: Emulator, request: Request) -> dict[str, Any]:
    emulator.clear()
    return {}


def advance(emulator: Emulator, request: Request) -> dict[str, Any]:
    """`{"seconds": 86400}`"""
    emulator.advance(float(request.json()["seconds"]))
    return {"now": emulator.state.now()}


def freeze(emulator: Emulator, request: Request) -> dict[str, Any]:
    """`{"task": id, "state": "running"}`"""
    body = request.json()
    emulator.freeze(body["task"], body["state"])
    return {}


def foreign(emulator: Emulator, request: Request) -> dict[str, Any]:
    """`{"prompt": ..., "created": Unix time, ...}`, or a list of them, answered with `tasks`."""
    body = request.json()
    if isinstance(body, list):
        return {"tasks": [emulator.add_foreign(**task).id for task in body]}
    return {"task": emulator.add_foreign(**body).id}


def change_settings(emulator: Emulator, request: Request) -> dict[str, Any]:
    """Any of `Settings` by name, from now on."""
    for name, value in request.json().items():
        if not hasattr(emulator.settings, name):
            raise ValueError(f"there is no setting {name}")
        setattr(emulator.settings, name, tuple(value) if name == "keys" else value)
    return asdict(emulator.settings)


Action = Callable[["Emulator", Request], Any]
ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "state"): state,
    ("GET", "requests"): requests,
    ("DELETE", "state"): clear,
    ("POST", "clear"): clear,
    ("POST", "faults"): add_faults,
    ("DELETE", "faults"): clear_faults,
    ("POST", "clock"): advance,
    ("POST", "freeze"): freeze,
    ("POST", "foreign"): foreign,
    ("POST", "settings"): change_settings,
}
