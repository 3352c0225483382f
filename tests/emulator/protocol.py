"""What the four protocols have in common: the steps of one call, and what a poll shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from tests.emulator import wan
from tests.emulator.faults import Fault
from tests.emulator.state import Task
from tests.emulator.wire import Request, Response


class Refusal(Exception):
    """The service says no at once; nothing was accepted."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


@dataclass(frozen=True)
class Call:
    """A request that a protocol knows. `model` is set where it stands in the path."""

    verb: str
    task_id: str = ""
    model: str = ""


@dataclass(frozen=True)
class View:
    """A task as one poll shows it. `state` is a neutral word, or any other word as it is."""

    task: Task
    id: str
    state: str
    url: str
    progress: int
    now: float
    usage: str = "size"

    def spoilt(self, fault: Fault) -> View:
        return replace(
            self,
            id=fault.echo or self.id,
            state=fault.word or self.state,
            url=self.url if fault.url is None else fault.url,
        )

    @property
    def failure(self) -> tuple[str, str]:
        return self.task.failure or ("InternalError.Algo", "Something went wrong.")


@dataclass(frozen=True)
class Ask:
    """A create, read from whichever shape it had."""

    model: Any
    prompt: Any = ""
    negative_prompt: Any = ""
    size: Any = None  # for image-to-video: the resolution
    duration: Any = None
    seed: Any = None
    prompt_extend: Any = True
    image: str = ""


class Protocol:
    """One protocol: its paths, its words, its shapes. A path prefix is always allowed."""

    name: ClassVar[str]
    paths: ClassVar[tuple[tuple[str, str, str], ...]]  # verb, method, pattern
    words: ClassVar[dict[str, str]]
    models: ClassVar[dict[str, str]] = {
        wan.TEXT_MODEL: wan.TEXT_MODEL,
        wan.IMAGE_MODEL: wan.IMAGE_MODEL,
    }
    prompt_required: ClassVar[tuple[str, ...]] = (wan.TEXT_MODEL, wan.IMAGE_MODEL)

    def match(self, request: Request) -> Call | None:
        for verb, method, pattern in self.paths:
            found = re.search(pattern + "$", request.path)
            if found and request.method == method:
                named = found.groupdict()
                return Call(verb, named.get("id") or "", named.get("model") or "")
        return None

    def let_in(self, request: Request, call: Call, keys: tuple[str, ...]) -> None:
        """Raise `Refusal` without a key that is known."""
        if not request.headers.get("authorization"):
            raise Refusal(401, "InvalidApiKey", "No API-key provided.")
        if request.bearer not in keys:
            raise Refusal(401, "InvalidApiKey", "Invalid API-key provided.")

    def read(self, request: Request, call: Call) -> Ask:
        """The ask in a create's body. Raises `Refusal`."""
        raise NotImplementedError

    def check(self, ask: Ask) -> None:
        """Raise `Refusal` for what the service refuses at once."""
        if not isinstance(ask.model, str) or ask.model not in self.models:
            raise Refusal(404, "ModelNotFound", "Model not exist.")
        model = self.models[ask.model]
        if model in self.prompt_required and not ask.prompt:
            raise Refusal(400, "InvalidParameter", "prompt is required")
        if not isinstance(ask.prompt, str) or not isinstance(ask.negative_prompt, str):
            raise Refusal(400, "InvalidParameter", "prompt must be a string")
        if model == wan.IMAGE_MODEL and not ask.image.startswith(("http", "data:", "oss:")):
            raise Refusal(400, "InvalidURL", "The image url is missing or invalid.")
        if wan.seed_is_bad(ask.seed):
            raise Refusal(400, "InvalidParameter", "seed must be in [0, 2147483647]")

    def task(self, ask: Ask, account: str) -> Task:
        """The task that `ask` becomes; texts over the limit are cut without a word."""
        model = self.models[ask.model]
        default = wan.DEFAULT_SIZE if model == wan.TEXT_MODEL else wan.DEFAULT_RESOLUTION
        size = default if ask.size is None else ask.size
        picture = wan.picture_failure(ask.image) if model == wan.IMAGE_MODEL else None
        return Task(
            id="",
            protocol=self.name,
            model=ask.model,
            account=account,
            prompt=ask.prompt[: wan.PROMPT_LIMIT],
            size=wan.video_size(model, size, "" if picture else ask.image),
            asked_size=str(size),
            prompt_extend=ask.prompt_extend is not False,
            failure=wan.late_failure(model, size, ask.duration) or picture,
        )

    def word(self, view: View) -> str:
        return self.words.get(view.state, view.state)

    def created(self, task: Task) -> Response:
        raise NotImplementedError

    def polled(self, view: View) -> Response:
        raise NotImplementedError

    def missing(self, task_id: str) -> Response:
        """The answer for a task that is not known (any more)."""
        raise NotImplementedError

    def refused(self, status: int, code: str, message: str) -> Response:
        raise NotImplementedError


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
