"""Firefox, driven by WebDriver BiDi, which it speaks itself: Playwright's own build is not needed.

The protocol: https://w3c.github.io/webdriver-bidi/ (read November 2026).
"""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

from tests.waiting import PATIENCE

ADDRESS = "WebDriver BiDi listening on "
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004"}


class Firefox:
    """One window. What goes wrong on a page is collected in `complaints`."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(f"{address}/session", suppress_origin=True)
        self.numbers = itertools.count(1)
        self.complaints: list[str] = []
        self.ask("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "log.entryAdded":
                self.note(message["params"])
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]

    def note(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error":
            self.complaints.append(entry["text"])

    def goto(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, code: str) -> Any:
        """The value of `code`, which may be a promise of a string, number or boolean."""
        answer = self.ask(
            "script.evaluate",
            expression=code,
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return answer["result"].get("value")

    def wait_for(self, code: str, seconds: float = PATIENCE) -> None:
        """Until `code` is true on the page."""
        until = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({code})"):
            assert time.monotonic() < until, f"never true: {code}"
            time.sleep(0.1)

    def press(self, keys: str, *holding: str) -> None:
        down = [{"type": "keyDown", "value": KEYS.get(key, key)} for key in holding]
        typed = [KEYS[keys]] if keys in KEYS else list(keys)
        pressed = [{"type": kind, "value": key} for key in typed for kind in ("keyDown", "keyUp")]
        up = [{"type": "keyUp", "value": KEYS.get(key, key)} for key in holding]
        source = {"type": "key", "id": "keyboard", "actions": [*down, *pressed, *up]}
        self.ask("input.performActions", context=self.context, actions=[source])

    def click(self, selector: str) -> None:
        """Focus and activate it, wherever a page that still moves has put it."""
        self.evaluate(
            f"(found => {{ found.focus(); found.click(); }})"
            f"(document.querySelector({json.dumps(selector)}))"
        )


@contextmanager
def firefox(program: str, folder: Path) -> Iterator[Firefox]:
    """A Firefox without a window, with a profile of its own in `folder`."""
    line = [program, "--headless", "--no-remote", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [*line, "--profile", str(folder)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr
    try:
        said = next(line for line in process.stderr if ADDRESS in line)
        yield Firefox(said.partition(ADDRESS)[2].strip())
    finally:
        process.terminate()
        process.wait(timeout=120)
