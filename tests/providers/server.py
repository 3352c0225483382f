"""A tiny HTTP server on loopback that does exactly what a test tells it, byte for byte."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# What to do with a connection once a request is read; True keeps it open for the next.
Step = Callable[[socket.socket], bool | None]


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """Answers each request with the next step of `script`; the last step stays.

    `greet` acts on a connection before anything is read from it. `choose`, where given, picks
    the step by the request.
    """

    script: deque[Step] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    greet: Step | None = None
    choose: Callable[[Seen], Step] | None = None
    context: ssl.SSLContext | None = None
    connections: int = 0

    def __enter__(self) -> Server:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            sock.close()

    @property
    def url(self) -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"

    @property
    def posts(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "POST"]

    def then(self, *steps: Step) -> Server:
        self.script.extend(steps)
        return self

    def _listen(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            if self.greet and not self.greet(sock):
                return
            with sock.makefile("rb") as stream:
                while (seen := _read(stream, number)) and self._step(seen)(sock):
                    pass
        except OSError:
            pass  # the client has gone, as several tests want it to
        finally:
            sock.close()

    def _step(self, seen: Seen) -> Step:
        self.seen.append(seen)
        if self.choose:
            return self.choose(seen)
        return self.script.popleft() if len(self.script) > 1 else self.script[0]


def _read(stream: Any, number: int) -> Seen | None:
    line = stream.readline().decode()
    if not line.strip():
        return None
    method, path, _ = line.split(" ", 2)
    headers = {}
    while (header := stream.readline().decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, body, number)


def answer(
    status: int = 200, body: Any = b"", headers: Json | None = None, *, keep: bool = False
) -> Step:
    """A whole answer. `body` is bytes, or anything JSON can say."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Length": len(content), "Content-Type": "application/json"}
    fields |= {} if keep else {"Connection": "close"}
    fields |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return raw(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content, keep=keep)


def raw(content: bytes, *, keep: bool = False) -> Step:
    def step(sock: socket.socket) -> bool:
        sock.sendall(content)
        return keep

    return step


def drip(start: bytes, piece: bytes = b"a", every: float = 0.05) -> Step:
    """`start`, and then a little more for 20 s, so that no single read is ever late."""

    def step(sock: socket.socket) -> None:
        sock.sendall(start)
        for _ in range(400):
            time.sleep(every)
            sock.sendall(piece)

    return step


def hang(sock: socket.socket) -> None:
    """Say nothing until the client gives up."""
    sock.settimeout(20)
    while sock.recv(4096):
        pass


def truncate(sock: socket.socket) -> None:
    """Close without a word."""


def reset(sock: socket.socket) -> None:
    """Close with an RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
