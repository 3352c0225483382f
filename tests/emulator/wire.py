"""HTTP/1.1 as bytes: one request in, one answer out. Knows nothing about videos."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 64 * 1024 * 1024  # a picture of 10 MB as a data URI is about 14 MB


class BadRequest(Exception):
    """What came in is not HTTP as we read it."""


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names; `path` is decoded and without the query."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON, or None when it is empty or is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None

    @property
    def bearer(self) -> str:
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> str:
        return next(
            (value for name, value in self.headers.items() if name.lower() == "content-length"),
            str(len(self.body)),
        )

    def head(self, *, with_length: bool = True) -> bytes:
        known = self.status in HTTPStatus.__members__.values()
        phrase = HTTPStatus(self.status).phrase if known else "Of The Edge"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{k}: {v}" for k, v in self.headers.items() if k.lower() != "content-length"]
        if with_length:
            lines.append(f"Content-Length: {self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(data: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer; `retry_after=...` becomes `Retry-After`."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **named})


@dataclass
class Intake:
    """How fast bodies are read (bytes a second, 0 for at once), and how much of them so far."""

    rate: float = 0
    received: int = 0


async def read_request(reader: asyncio.StreamReader, intake: Intake) -> Request | None:
    """The next request on this connection, or None when the client has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("the head is too long") from error
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, _ = first.split(" ")
    except ValueError as error:
        raise BadRequest("no request line") from error
    headers = dict(_header(line) for line in lines if line)
    return Request(method, target, headers, await _body(reader, headers, intake))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], intake: Intake) -> bytes:
    if "transfer-encoding" in headers:
        raise BadRequest("chunked bodies are not read here")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        raise BadRequest("no usable Content-Length")
    body = bytearray()
    while left := int(length) - len(body):
        piece = min(left, max(1, int(intake.rate / 10))) if intake.rate else left
        body += await reader.readexactly(piece)
        intake.received += piece
        if intake.rate:
            await asyncio.sleep(piece / intake.rate)
    return bytes(body)
