"""What cannot be reached for a while: the row, the line, the page, staff's list, and what left.

Each case is told in both languages, and none of them blames anybody who is not to blame.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from generations.staff.alerts import unreachable
from tests.emulator import Emulator
from tests.providers.server import Server, raw, truncate
from tests.tasks.conftest import BEYOND, UNREACHABLE, Ask, send, settle_on, throttle

pytestmark = pytest.mark.django_db


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


BUSY_PROXY = b"HTTP/1.1 503 Service Unavailable\r\n\r\n"


@pytest.mark.parametrize("how", ["closed port", "busy proxy", "closing proxy", "no name", "no TLS"])
def test_what_cannot_be_reached_for_minutes_is_said_to_everybody(
    service: Emulator, ask: Ask, settings: Any, proxy: Server, how: str,
    says: Any, attention: Any, health: Any, mailoutbox: Any,
) -> None:  # fmt: skip
    proxy.greet = truncate if how == "closing proxy" else raw(BUSY_PROXY)
    changes = {
        "closed port": {"base_url": closed_port()},
        "busy proxy": {"base_url": BEYOND, "proxy": proxy.url},
        "closing proxy": {"base_url": BEYOND, "proxy": proxy.url.replace("http:", "https:")},
        "no name": {"base_url": BEYOND},
        "no TLS": {"base_url": proxy.url.replace("http:", "https:")},
    }
    settle_on(settings, **changes[how])
    tried, waiting = ask("first"), ask("second")

    send(tried)
    assert (tried.status, tried.error_code, throttle().failures) == ("queued", "unreachable", 1)
    assert says(tried, UNREACHABLE)
    assert (not unreachable(), health()) == (True, (200, "ok"))
    assert "Nothing needs attention" in attention()

    send(tried, times=4)
    waiting.refresh_from_db()
    assert [tried.status, waiting.status] == ["queued", "queued"]
    assert says(tried, UNREACHABLE) and says(waiting, UNREACHABLE)
    assert "busy" not in throttle().pause_detail.lower() or how == "busy proxy"
    assert "not sent, it failed" in attention() and "Nothing needs attention" not in attention()
    assert health() == (503, "failing")
    assert not service.creates and not proxy.seen

    settle_on(settings, **service.options(), proxy="")
    send(tried)
    send(waiting)
    assert [tried.status, waiting.status] == ["running", "running"]
    assert (throttle().pause_detail, throttle().failures, health()) == ("", 0, (200, "ok"))
    assert len(service.creates) == 2


def test_a_line_that_failed_and_where_nobody_waits_is_no_concern(
    service: Emulator, ask: Ask, settings: Any, health: Any, operator: Any
) -> None:
    settle_on(settings, base_url=closed_port())
    row = send(ask(), times=5)
    assert unreachable() == [throttle()]

    row.cancel(operator)

    assert (unreachable(), health()) == ([], (200, "ok"))


def test_staff_get_a_mail_with_what_failed_last(
    service: Emulator, ask: Ask, settings: Any, mailoutbox: Any
) -> None:
    from generations.staff.alerts import mail_alerts

    settings.WANSTUDIO_MAIL, settings.ADMINS = True, [("admin", "admin@example.com")]
    settle_on(settings, base_url=closed_port())
    send(ask(), times=5)

    mail_alerts()

    [mail] = mailoutbox
    assert mail.subject.endswith("Sending to dashscope/wan2.2-t2v-plus fails")
    assert "while connecting" in mail.body


NEVER_REACHED = ["no channel", "no valid channel", "521 html"]


@pytest.mark.parametrize("fault", NEVER_REACHED)
def test_a_relay_without_a_channel_and_an_edge_without_its_origin_accepted_nothing(
    service: Emulator, ask: Ask, fault: str, says: Any, attention: Any, health: Any
) -> None:
    service.fail("create", fault, times=5)

    row = send(ask())
    assert (row.status, row.error_code) == ("queued", "unreachable")
    send(row, times=4)
    assert says(row, UNREACHABLE)
    assert ("HTTP 5" in attention(), health()) == (True, (503, "failing"))

    send(row)
    assert (row.status, health()) == ("running", (200, "ok"))
    assert (len(service.creates), service.charged) == (6, 1)


@pytest.mark.parametrize("fault", ["520 html", "522 html"])
def test_pages_of_the_edge_that_may_come_after_the_request_are_doubt(
    service: Emulator, ask: Ask, fault: str
) -> None:
    service.fail("create", fault)

    assert send(ask(), times=3).status == "unconfirmed"
    assert len(service.creates) == 1


def test_after_another_try_a_relay_without_a_channel_proves_nothing(
    service: Emulator, ask: Ask
) -> None:
    words = "分组 default 下模型 wan 无可用渠道（retry）"
    service.fail("create", status=503, code="get_channel_failed", message=words)

    assert send(ask()).status == "unconfirmed"
