"""What tests of the HTTP layer call, and how."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
import requests

from generations.providers.base import VideoRequest
from generations.providers.dashscope import DashScope
from generations.providers.http.deadline import (
    Address,
)
from tests.providers.contract.base import CANARY
from tests.providers.server import Server

ASK = VideoRequest(model="wan2.2-t2v-plus", prompt="a cat", size="832x480")


def make(server: Server, **options: Any) -> DashScope:
    return DashScope(**{"alias": "here", "api_key": CANARY, "base_url": server.url} | options)


def failure(provider: DashScope, request: VideoRequest, **options: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        provider.submit(request, deadline=time.monotonic() + 60, **options)
    return caught.value


HOSTILE = ["https://[::1/", "//[", "http://a:99999999/", "/\\[", "https://a b/"]


OK = b"HTTP/1.1 200 OK\r\n"


def get(url: str, client: requests.Session, **options: object) -> bytes:
    call = requests.Request("GET", url).prepare()
    with client.send(call, stream=True, allow_redirects=False, **options) as response:
        return bytes(response.raw.read())


def never_reads(sock: socket.socket) -> None:
    time.sleep(3)


def loopback(host: str, port: int) -> list[Address]:
    return [(socket.AF_INET, ("127.0.0.1", port))]
