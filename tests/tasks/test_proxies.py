"""A proxy or certificates that cannot work: what the operator is told to change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from generations.checks import check_proxies
from generations.models import (
    FOREVER,
    Event,
)
from tests.emulator import Emulator
from tests.providers.server import Server, raw
from tests.tasks.conftest import BEYOND, UNREACHABLE, Ask, send, settle_on, throttle

pytestmark = pytest.mark.django_db

MENDED = "It waits, and is sent once staff have fixed this.", "管理员处理后会自动提交"
DENIED = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("greeting", "address", "detail"),
    [
        (b"", "socks5://127.0.0.1:1", "SOCKS proxies are not supported"),
        (b"", "ftp://127.0.0.1:1", "begins with http:// or https://"),
        (DENIED.encode(), "http://127.0.0.1:{port}", "user name and password (407)"),
        (b"HTTP/1.1 400 no TLS\r\n\r\n", "https://127.0.0.1:{port}", "speaks no TLS"),
    ],
    ids=["SOCKS", "no proxy at all", "407 to CONNECT", "https for a plain proxy"],
)
def test_a_proxy_that_cannot_work_pauses_the_line_and_says_what_to_change(
    service: Emulator, ask: Ask, settings: Any, proxy: Server, says: Any, attention: Any,
    greeting: bytes, address: str, detail: str,
) -> None:  # fmt: skip
    proxy.greet = raw(greeting)
    settle_on(settings, base_url=BEYOND, proxy=address.format(port=proxy.port))

    row = send(ask(), times=3)

    assert (row.status, row.error_code) == ("queued", "unreachable")
    assert (throttle().paused_until, throttle().pause_code) == (FOREVER, "unreachable")
    assert detail in throttle().pause_detail
    assert detail in attention()
    assert says(row, UNREACHABLE)
    assert says(row, MENDED)
    assert len(Event.objects.filter(kind="paused")) == 1
    assert not service.creates and not proxy.seen


def test_a_proxy_that_wants_a_password_for_a_plain_address_pauses_the_line_too(
    service: Emulator, ask: Ask, settings: Any, proxy: Server
) -> None:
    proxy.then(raw(DENIED.encode()))
    settle_on(settings, base_url="http://provider.invalid", proxy=proxy.url)

    row = send(ask(), times=2)

    assert row.status == "queued"
    assert throttle().is_paused and "407" in throttle().pause_detail
    assert len(proxy.seen) == 1


def test_certificates_that_are_not_there_pause_the_line(
    service: Emulator, ask: Ask, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    settle_on(settings, base_url=BEYOND)

    row = send(ask())

    assert row.status == "queued"
    assert "/nowhere/bundle.pem" in throttle().pause_detail


@pytest.mark.parametrize("variable", ["", "HTTPS_PROXY"])
def test_a_proxy_that_cannot_work_is_told_at_the_start(
    service: Emulator, settings: Any, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    settle_on(settings, base_url=BEYOND)
    assert list(check_proxies()) == []
    if variable:
        monkeypatch.setenv(variable, "socks5h://name:secret@127.0.0.1:1")
    else:
        settle_on(settings, proxy="socks5h://name:secret@127.0.0.1:1")

    [told] = check_proxies()

    assert told.id == "generations.E009"
    assert "dashscope" in told.msg and "SOCKS" in told.msg and "secret" not in told.msg
    with pytest.raises(SystemCheckError):
        call_command("check")


def test_the_details_hold_no_key(service: Emulator, ask: Ask, settings: Any, proxy: Server) -> None:
    proxy.greet = raw(DENIED.encode())
    settle_on(settings, base_url=BEYOND, proxy=f"http://name:secret@127.0.0.1:{proxy.port}")

    row = send(ask())

    told = json.dumps([throttle().pause_detail, row.error_detail, *notes()])
    assert "407" in told and "secret" not in told


def notes() -> list[str]:
    return list(Event.objects.values_list("note", flat=True))
