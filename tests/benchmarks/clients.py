"""People at their browsers: connections that stay open, one question after the other."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Any
    seconds: float


class Client:
    """One kept connection of one person."""

    def __init__(self, url: str, session: str = "") -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.cookies = {"wanstudio_session_bench": session} if session else {}
        self.token = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """As htmx sends a form."""
        headers = {"HX-Request": "true", "X-CSRFToken": self.token, "Referer": "http://127.0.0.1/"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", path, urlencode(fields), headers)

    def sign(self) -> None:
        """Open the form, which brings the token that a POST needs."""
        page = self.get("/")
        found = TOKEN.search(page.body)
        assert page.status == 200 and found, page.body[:500]
        self.token = found[1].decode()

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.perf_counter()
        self.connection.request(method, path, body, {"Cookie": cookies} | headers)
        response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - started
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, content, response.headers, seconds)


def timed(ask: Callable[[], Answer], times: int, warm_up: int = 5) -> list[float]:
    """Milliseconds of `times` answers, after some that do not count."""
    answers = [ask() for _ in range(times + warm_up)]
    wrong = [answer for answer in answers if answer.status != 200]
    assert not wrong, (wrong[0].status, wrong[0].body[:500])
    return [answer.seconds * 1000 for answer in answers[warm_up:]]


def side_by_side(work: Sequence[Callable[[], list[float]]]) -> list[float]:
    """All at once, in threads; what they measured."""
    results: list[float] = []
    threads = [threading.Thread(target=lambda one=one: results.extend(one())) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results
    return results


@dataclass(frozen=True)
class OpenPage:
    """A page that asks `path` when it was told to, as its script does; else every so often."""

    path: str
    session: str
    every: float


async def keep_asking(url: str, pages: Sequence[OpenPage], seconds: float) -> list[float]:
    """All pages ask, spread evenly, for so long; milliseconds per answer."""
    parts, found = urlsplit(url), list[float]()
    end = time.monotonic() + seconds

    async def ask(page: OpenPage, delay: float) -> None:
        await asyncio.sleep(delay)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (started := time.monotonic()) < end:
            writer.write(request_of(parts.netloc, page.path, page.session))
            status, told = await answer_of(reader)
            assert status in (200, 204), page.path
            found.append((time.monotonic() - started) * 1000)
            # Untold, the script keeps its rhythm; what it is told counts from the answer.
            pause = told or max(0.0, started + page.every - time.monotonic())
            await asyncio.sleep(min(pause, max(0.0, end - time.monotonic())))
            if pause > KEEP_ALIVE:  # the server has hung up: a browser connects when it asks
                writer.close()
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()

    await asyncio.gather(*(ask(page, page.every * n / len(pages)) for n, page in enumerate(pages)))
    return found


KEEP_ALIVE = 12.0  # seconds, as `wanstudio.gunicorn` says


def request_of(host: str, path: str, session: str, more: str = "HX-Request: true") -> bytes:
    cookie = f"wanstudio_session_bench={session}"
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n{more}\r\n\r\n".encode()


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, float]:
    """Read one whole answer: its status, and the seconds until it wants to be asked again."""
    head = await reader.readuntil(b"\r\n\r\n")
    if length := re.search(rb"(?i)content-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    told = re.search(rb"(?i)x-poll-after: ([\d.]+)", head)
    return int(head[9:12]), float(told[1]) if told else 0.0


async def watch_slowly(
    url: str, path: str, sessions: Sequence[str], rate: int, stop: asyncio.Event
) -> int:
    """Each session plays `path` at `rate` bytes a second until `stop`; how many were served."""
    parts, served = urlsplit(url), 0

    async def play(session: str) -> None:
        nonlocal served
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=16384)
        writer.write(request_of(parts.netloc, path, session, "Range: bytes=0-"))
        read = 0
        while not stop.is_set():
            try:
                piece = await asyncio.wait_for(reader.read(rate // 4), timeout=1)
            except TimeoutError:
                continue
            if not piece:
                break
            served += read == 0
            read += len(piece)
            await asyncio.sleep(0.25)
        writer.close()

    await asyncio.gather(*(play(session) for session in sessions))
    return served
