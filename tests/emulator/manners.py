"""How an answer leaves: whole, in drops, in part, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.emulator.wire import Response

GIGABYTE = 1024**3
HANG = "hang"  # no manner of answering: the server waits until the client gives up
Manner = Callable[[asyncio.StreamWriter, Response, float], Awaitable[None]]


async def whole(writer: asyncio.StreamWriter, response: Response, every: float = 0) -> None:
    writer.write(response.head() + response.body)
    await writer.drain()


async def early_hints(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """Interim answers (RFC 8297, RFC 9110) before the answer, some with headers of their own."""
    writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    writer.write(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")
    await whole(writer, response)


async def header_drip(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    await _drip(writer, response.head(), every)
    await whole_body(writer, response)


async def body_drip(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    writer.write(response.head())
    await _drip(writer, response.body, every)


async def late(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """Everything, once so many seconds are over."""
    await asyncio.sleep(every)
    await whole(writer, response)


async def whole_body(writer: asyncio.StreamWriter, response: Response) -> None:
    writer.write(response.body)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter, data: bytes, every: float) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(every)


async def truncate(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """Promise all, send half, close in good order."""
    writer.write(response.head() + response.body[: len(response.body) // 2])
    await _close(writer)


async def no_length(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    writer.write(response.head(with_length=False) + response.body)
    await _close(writer)


async def no_length_cut(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    half = response.body[: len(response.body) // 2]
    writer.write(response.head(with_length=False) + half)
    await _close(writer)


def promising(length: Callable[[int], str]) -> Manner:
    """A manner that sends all of the body but tells another length."""

    async def manner(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
        headers = {**response.headers, "Content-Length": length(len(response.body))}
        await whole(writer, Response(response.status, response.body, headers))
        await _close(writer)

    return manner


async def partial(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """206 with the first half, though no range was asked for."""
    half = response.body[: len(response.body) // 2]
    told = f"bytes 0-{len(half) - 1}/{len(response.body)}"
    await whole(writer, Response(206, half, {**response.headers, "Content-Range": told}))


async def endless(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """The video, and then more bytes for as long as they are taken (10 GB at most)."""
    writer.write(response.head(with_length=False) + response.body)
    more = bytes(1024 * 1024)
    for _ in range(10 * 1024):
        writer.write(more)
        await writer.drain()
    await _close(writer)


async def reset(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """RST in place of an answer."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def reset_in_body(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    writer.write(response.head() + response.body[: len(response.body) // 2])
    await writer.drain()
    await asyncio.sleep(0.05)  # an RST at once would overtake the bytes
    await reset(writer, response, every)


async def close(writer: asyncio.StreamWriter, response: Response, every: float) -> None:
    """FIN in place of an answer."""
    await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.close()


MANNERS: dict[str, Manner] = {
    "": whole,
    "early hints": early_hints,
    "header drip": header_drip,
    "late": late,
    "body drip": body_drip,
    "cut": truncate,
    "no length": no_length,
    "no length cut": no_length_cut,
    "length too long": promising(lambda length: str(length + 1000)),
    "length too short": promising(lambda length: str(length // 2)),
    "nonsense length": promising(lambda length: "many"),
    "oversize told": promising(lambda length: str(100 * GIGABYTE)),
    "partial": partial,
    "endless": endless,
    "reset": reset,
    "reset in body": reset_in_body,
    "close": close,
}
