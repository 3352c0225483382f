"""What goes wrong, when, and how: faults by name, and the book that deals them out.

A fault strikes in one of two places. With `charge` the service first does its work (the task
exists and may be billed) and only the answer is spoilt; without, nothing has happened.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field, fields, replace
from string import Template
from typing import Any

from tests.emulator import presets


@dataclass(kw_only=True)
class Fault:
    """One thing that goes wrong.

    Matching: `verb` is `create`, `poll`, `download`, `list` or `cancel`; `protocol`, `prompt`
    (a part of it) and `task` (an id) narrow it down. The first `skip` matches are spared, the
    next `times` are struck (None: all of them).

    Effect: an answer with `status`, `headers` and `body` (`body_times` over); or an error
    `code` with `message` in the protocol's own shape; or `words` in place of the task's state,
    one after the other; or another `url`, echoed `task id` (`echo`); or `failure`, with which
    the accepted task will end; and the `manner` in which the answer leaves (see manners.py).
    `headers` without an answer are added to the service's own, and `prefix` stands before it.

    In `body`, `url` and `headers`, `$task` is the id, `$url` where the video lies, `$path` that
    without `$base`, the emulator's address, and `$asked` the path of the request.
    """

    verb: str
    name: str = ""
    protocol: str = ""
    prompt: str = ""
    task: str = ""
    skip: int = 0
    times: int | None = 1
    charge: bool = False
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    body_times: int = 1
    prefix: str = ""
    code: str = ""
    message: str = ""
    words: tuple[str, ...] = ()
    url: str | None = None
    echo: str = ""
    failure: tuple[str, str] | None = None
    manner: str = ""
    every: float = 0.2  # seconds between the drops of a drip
    struck: int = 0

    def matches(self, verb: str, protocol: str, prompt: str, task: str) -> bool:
        return (
            self.verb == verb
            and self.protocol in ("", protocol)
            and self.prompt in prompt
            and self.task in ("", task)
            and self.times != 0
        )

    @property
    def word(self) -> str:
        return self.words[(self.struck - 1) % len(self.words)] if self.words else ""

    @property
    def answers(self) -> bool:
        """Whether it brings an answer of its own."""
        return self.status is not None or self.body is not None

    def filled(self, **names: str) -> Fault:
        """The same with `$task` and its like replaced."""

        def fill(text: Any) -> Any:
            return Template(text).safe_substitute(names) if isinstance(text, str) else text

        headers = {name: fill(value) for name, value in self.headers.items()}
        return replace(self, body=fill(self.body), url=fill(self.url), headers=headers)

    def payload(self) -> bytes | None:
        if self.body is None:
            return None
        raw = self.body.encode() if isinstance(self.body, str) else self.body
        return raw * self.body_times


FIELDS = {each.name for each in fields(Fault)}


def build(verb: str, name: str = "", **changes: Any) -> Fault:
    """A fault from the list of presets, or of one's own making; `changes` win."""
    listed: dict[str, Any] = presets.named(verb, name) if name else {}
    unknown = set(changes) - FIELDS
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    values = {**listed, **changes}
    for each in ("words", "failure"):
        if isinstance(values.get(each), list):
            values[each] = tuple(values[each])
    return Fault(verb=verb, name=name, **values)


class FaultBook:
    """The faults in waiting. The first that matches is dealt; safe to use from any thread."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()

    def deal(self, verb: str, protocol: str, prompt: str, task: str) -> Fault | None:
        """The fault that strikes this request, as it stands at this strike."""
        with self._lock:
            for fault in self.waiting:
                if not fault.matches(verb, protocol, prompt, task):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.struck += 1
                fault.times = None if fault.times is None else fault.times - 1
                return replace(fault)
        return None

    def as_json(self) -> list[dict[str, Any]]:
        return [
            asdict(fault) | {"body": None if fault.body is None else "..."}
            for fault in self.waiting
        ]
