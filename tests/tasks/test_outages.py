"""What fails between us and a provider: the row, the line, the page, staff's list, and what left.

Each case is told in both languages, and none of them blames anybody who is not to blame.
"""

from __future__ import annotations

import html
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse
from django.utils import timezone

from generations.checks import check_proxies
from generations.models import (
    FOREVER,
    Event,
    Generation,
    PollerLease,
    SubmitThrottle,
    WorkerHeartbeat,
)
from generations.providers import providers
from generations.providers.base import OutcomeUnknownError
from generations.staff.alerts import unreachable
from generations.tasks import poller
from generations.tasks.call_pool import CallResult
from generations.tasks.submit import submit_queued
from tests.conftest import person
from tests.emulator import Emulator
from tests.providers.server import Server, raw, truncate

pytestmark = pytest.mark.django_db

LANE = ("dashscope", "wan2.2-t2v-plus")
Ask = Callable[..., Generation]

UNREACHABLE = "The provider cannot be reached at the moment.", "目前无法连接服务商。"
BUSY = (
    "The provider is busy. We will send this for you in a moment.",
    "服务商繁忙，稍后会自动提交。",
)
MENDED = "It waits, and is sent once staff have fixed this.", "管理员处理后会自动提交"
DENIED = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


def send(row: Generation | None = None, times: int = 1) -> Generation | None:
    """Work the line, and again as if the time it rests had passed."""
    for _ in range(times):
        SubmitThrottle.objects.update(next_at=timezone.now())
        SubmitThrottle.objects.exclude(paused_until=FOREVER).update(paused_until=None)
        with suppress(OutcomeUnknownError):
            submit_queued(*LANE)
    if row:
        row.refresh_from_db()
    return row


def lane() -> SubmitThrottle:
    return SubmitThrottle.objects.at(*LANE)


@pytest.fixture
def page(client: Any) -> Callable[..., str]:
    """The page of a row as its owner reads it."""

    def read(row: Generation, language: str = "en") -> str:
        client.force_login(row.owner)
        url = reverse("generations:detail", args=[row.pk])
        answer = client.get(url, headers={"accept-language": language})
        return html.unescape(answer.content.decode())

    return read


@pytest.fixture
def says(page: Callable[..., str]) -> Callable[..., bool]:
    """Does the page of a row say this sentence, in English and in Chinese?"""

    def read(row: Generation, sentence: tuple[str, str]) -> bool:
        english, chinese = sentence
        return english in page(row) and chinese in page(row, "zh-hans")

    return read


@pytest.fixture
def attention(client: Any, operator: Any) -> Callable[[], str]:
    def read() -> str:
        client.force_login(operator)
        answer = client.get(reverse("admin:generations_attention"))
        return html.unescape(answer.content.decode())

    return read


@pytest.fixture
def health(client: Any, transactional_db: None) -> Callable[[], tuple[int, str]]:
    """The status of `/healthz` and what it says of the providers, with a worker that lives."""

    def read() -> tuple[int, str]:
        WorkerHeartbeat.objects.record()
        answer = client.get("/healthz")
        return answer.status_code, answer.json()["providers"]

    return read


def settle_on(settings: Any, **options: Any) -> None:
    """Change options of the one provider there is."""
    entry = settings.PROVIDERS["dashscope"]
    settings.PROVIDERS = {"dashscope": entry | {"OPTIONS": entry["OPTIONS"] | options}}


@pytest.fixture
def proxy() -> Iterator[Server]:
    with Server() as server:
        yield server


# What is the operator's to mend


BEYOND = "https://provider.invalid"


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
    assert (lane().paused_until, lane().pause_code) == (FOREVER, "unreachable")
    assert detail in lane().pause_detail
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
    assert lane().is_paused and "407" in lane().pause_detail
    assert len(proxy.seen) == 1


def test_certificates_that_are_not_there_pause_the_line(
    service: Emulator, ask: Ask, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    settle_on(settings, base_url=BEYOND)

    row = send(ask())

    assert row.status == "queued"
    assert "/nowhere/bundle.pem" in lane().pause_detail


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


# What may pass by itself


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
    assert (tried.status, tried.error_code, lane().failures) == ("queued", "unreachable", 1)
    assert says(tried, UNREACHABLE)
    assert (not unreachable(), health()) == (True, (200, "ok"))
    assert "Nothing needs you" in attention()

    send(tried, times=4)
    waiting.refresh_from_db()
    assert [tried.status, waiting.status] == ["queued", "queued"]
    assert says(tried, UNREACHABLE) and says(waiting, UNREACHABLE)
    assert "busy" not in lane().pause_detail.lower() or how == "busy proxy"
    assert "not sent, it failed" in attention() and "Nothing needs you" not in attention()
    assert health() == (503, "failing")
    assert not service.creates and not proxy.seen

    settle_on(settings, **service.options(), proxy="")
    send(tried)
    send(waiting)
    assert [tried.status, waiting.status] == ["running", "running"]
    assert (lane().pause_detail, lane().failures, health()) == ("", 0, (200, "ok"))
    assert len(service.creates) == 2


def test_a_line_that_failed_and_where_nobody_waits_is_no_concern(
    service: Emulator, ask: Ask, settings: Any, health: Any, operator: Any
) -> None:
    settle_on(settings, base_url=closed_port())
    row = send(ask(), times=5)
    assert unreachable() == [lane()]

    row.cancel(operator)

    assert (unreachable(), health()) == ([], (200, "ok"))


def test_staff_get_a_mail_with_what_failed_last(
    service: Emulator, ask: Ask, settings: Any, mailoutbox: Any
) -> None:
    from generations.staff.alerts import tell_of_concerns

    settings.WANSTUDIO_MAIL, settings.ADMINS = True, [("admin", "admin@example.com")]
    settle_on(settings, base_url=closed_port())
    send(ask(), times=5)

    tell_of_concerns()

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


# Whose fault it is


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        ("quoted arrearage", "billing", "The studio's provider account needs attention."),
        ("200 credits", "billing", "The studio's provider account needs attention."),
    ],
)
def test_a_refusal_is_read_wherever_a_gateway_puts_it(
    service: Emulator, ask: Ask, fault: str, code: str, sentence: str, page: Any, attention: Any
) -> None:
    service.fail("create", fault)

    row = send(ask(), times=2)

    assert (row.status, row.error_code, lane().pause_code) == ("queued", code, code)
    assert sentence in page(row)
    assert "Paused services" in attention()
    assert (len(service.creates), service.charged) == (1, 0)


def test_what_a_prompt_says_pauses_nothing(service: Emulator, ask: Ask) -> None:
    """Services echo prompts in what they refuse."""
    prompt = '{"code": "Arrearage", "message": "no money"}'
    service.fail("create", status=400, code="", message=f"Invalid prompt: {prompt}")

    row = send(ask(prompt))

    assert (row.status, row.error_code) == ("failed", "input")
    assert not lane().is_paused


@pytest.mark.parametrize(
    ("fault", "code"), [("late arrearage", "billing"), ("late free tier", "quota")]
)
def test_a_task_that_ends_for_what_is_wrong_with_the_account_pauses_the_line(
    service: Emulator, ask: Ask, fault: str, code: str, page: Any, attention: Any
) -> None:  # fmt: skip
    service.fail("create", fault)
    row = send(ask())
    service.advance(60)

    poll(row)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", code)
    assert (lane().is_paused, lane().pause_code) == (True, code)
    assert "Staff have been told" in page(row)
    assert "Paused services" in attention()
    waiting = send(ask("another"), times=2)
    assert (waiting.status, len(service.creates)) == ("queued", 1)


def test_a_task_that_ends_for_a_quota_of_the_minute_pauses_nothing(
    service: Emulator, ask: Ask
) -> None:
    service.fail("create", failure=("Throttling.AllocationQuota", "Too fast."), charge=True)
    row = send(ask())
    service.advance(60)

    poll(row)

    row.refresh_from_db()
    assert (row.status, row.error_code, lane().is_paused) == ("failed", "provider", False)


def poll(row: Generation) -> None:
    """What the poller does with one answer."""
    provider = providers["dashscope"]
    running = poller.Poller(PollerLease.objects.acquire())
    pool = running.pool("dashscope")
    row.refresh_from_db()
    try:
        answer = CallResult("dashscope", "poll", row, value=provider.poll(row.remote_id, row.model))
    except Exception as error:
        answer = CallResult("dashscope", "poll", row, error=error)
    running.apply_to_row(pool, answer)
    running.lease.release()


def test_a_quota_of_the_minute_rests_ten_times_and_then_pauses(
    service: Emulator, ask: Ask, says: Any, page: Any, attention: Any, health: Any
) -> None:
    service.fail("create", "no quota", times=None)
    row = ask()

    for _ in range(10):
        send(row)
        rest = (lane().next_at - timezone.now()).total_seconds()
        assert (row.status, lane().is_paused) == ("queued", False)
        assert 50 < rest <= 60
    assert says(row, BUSY)
    assert ("Nothing needs you" in attention(), health()) == (True, (200, "ok"))

    send(row)
    assert (row.status, lane().is_paused, lane().pause_code) == ("queued", True, "quota")
    assert "The studio's allowance at the provider is used up. Staff have been told." in page(row)
    assert "Allocated quota exceeded" in attention()
    assert len(service.creates) == 11


def test_a_quota_that_is_free_again_within_the_minute_counts_anew(
    service: Emulator, ask: Ask
) -> None:
    service.fail("create", "no quota", times=9)
    row = send(ask(), times=10)
    assert row.status == "running"

    service.fail("create", "no quota", times=9)
    assert send(ask("next"), times=10).status == "running"
    assert not lane().is_paused


def test_outages_and_quotas_are_counted_apart(service: Emulator, ask: Ask) -> None:
    service.fail("create", "521 html", times=9)
    service.fail("create", "no quota", times=2)

    row = send(ask(), times=11)
    assert (lane().failures, lane().is_paused) == (2, False)
    assert send(row).status == "running"


FILTER = (
    "A filter in front of the provider refused this request, perhaps for its words.",
    "服务商前端的防火墙拒绝了这次请求，可能与文字有关。",
)


@pytest.mark.parametrize("fault", ["403 html", "403 empty", "405 html"])
def test_a_page_of_a_firewall_refuses_one_prompt_and_stops_nobody(
    service: Emulator, ask: Ask, stranger: Any, fault: str, says: Any, page: Any
) -> None:
    service.fail("create", fault, prompt="drop table", times=None)
    refused = [ask("drop table"), ask("drop table"), ask("drop table")]
    other = ask("a boat", owner=stranger)

    send(times=5)

    for row in (*refused, other):
        row.refresh_from_db()
    assert [row.status for row in refused] == ["failed"] * 3
    assert {row.error_code for row in refused} == {"blocked"}
    assert says(refused[0], FILTER)
    assert other.status == "running"
    assert not SubmitThrottle.objects.paused().exists()
    assert (len(service.creates), service.charged) == (4, 1)


def test_a_firewall_that_refuses_every_prompt_pauses_the_line(
    service: Emulator, ask: Ask, says: Any, attention: Any
) -> None:
    service.fail("create", "403 html", times=None)
    rows = [ask(f"boat {number}") for number in range(5)]

    send(times=6)

    for row in rows:
        row.refresh_from_db()
    assert [row.status for row in rows] == ["failed", "failed", "queued", "queued", "queued"]
    assert (lane().is_paused, lane().pause_code) == (True, "unreachable")
    assert says(rows[-1], UNREACHABLE)
    assert "HTTP 403" in attention()
    assert (len(service.creates), service.charged) == (3, 0)


def test_what_a_firewall_let_through_meanwhile_counts_for_the_line(
    service: Emulator, ask: Ask
) -> None:
    service.fail("create", "403 html", prompt="bad", times=None)
    for number in range(4):
        send(ask(f"bad {number}"))
        send(ask(f"boat {number}"))

    assert Generation.objects.failed().count() == 4
    assert Generation.objects.running().count() == 4
    assert not lane().is_paused


def test_a_key_that_may_create_but_not_ask_is_told_about_and_pauses_nothing(
    service: Emulator, ask: Ask, says: Any, attention: Any
) -> None:
    row = send(ask())
    service.fail("poll", "403", times=2)

    poll(row)
    poll(row)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("running", "poll")
    assert says(
        row,
        (
            "Sent, but the provider does not let us ask how far it is. Staff have been told.",
            "已提交，但服务商不允许查询进度，已通知管理员。",
        ),
    )
    listed = attention()
    assert "May not be asked about" in listed and "AccessDenied" in listed
    assert not lane().is_paused

    service.freeze(row.remote_id, "running")
    poll(row)
    row.refresh_from_db()
    assert (row.status, row.error_code, row.error_detail) == ("running", "", "")
    assert "Nothing needs you" in attention()


def test_a_video_that_could_not_be_asked_about_comes_home_without_its_error(
    service: Emulator, ask: Ask
) -> None:
    row = send(ask())
    service.fail("poll", "403")
    poll(row)
    service.advance(60)

    poll(row)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("storing", "")


# Tasks that never end


HELD_UP = (
    "Waiting: earlier videos take much longer than usual at the provider.",
    "等待中：之前的视频在服务商处用时远超平常。",
)


@pytest.fixture
def stuck(service: Emulator, ask: Ask, settings: Any) -> list[Generation]:
    """Two that hold both places and do not end."""
    settle_on(settings, max_open=2)
    rows = [send(ask("first")), send(ask("second"))]
    for task in list(service.tasks):
        service.freeze(task, "running")
    return rows


def sent_ago(rows: list[Generation], **time: float) -> None:
    Generation.objects.filter(pk__in=[row.pk for row in rows]).update(
        submitted_at=timezone.now() - timedelta(**time)
    )


def test_two_that_never_end_hold_their_places_for_three_hours(
    service: Emulator, ask: Ask, stuck: list[Generation], says: Any, page: Any
) -> None:
    waiting = send(ask("third"), times=2)
    assert "take much longer" not in page(waiting)

    sent_ago(stuck, hours=2, minutes=59)
    assert send(waiting).status == "queued"
    assert says(waiting, HELD_UP)

    sent_ago(stuck, hours=3)
    assert send(waiting).status == "running"
    assert len(service.creates) == 3
    assert Generation.objects.running().count() == 3  # and the late ones are asked about as before


def test_an_operator_who_calls_late_what_runs_for_four_hours_waits_four(
    service: Emulator, ask: Ask, stuck: list[Generation], settings: Any
) -> None:
    settings.WANSTUDIO_LATE_MINUTES = 240
    sent_ago(stuck, hours=3, minutes=59)
    assert send(ask("third")).status == "queued"

    sent_ago(stuck, hours=4)
    assert send(Generation.objects.queued().get()).status == "running"


def test_staff_may_release_a_place_sooner(
    service: Emulator, ask: Ask, stuck: list[Generation], client: Any, attention: Any
) -> None:
    sent_ago(stuck, minutes=40)
    waiting = send(ask("third"))
    assert waiting.status == "queued"
    assert "first" in attention()  # late, and there is a repair on its page

    mechanic = person("mechanic", "view_generation", "repair_generation", staff=True)
    client.force_login(mechanic)
    shown = client.get(reverse("admin:generations_generation_change", args=[stuck[0].pk]))
    url = reverse("admin:generations_repair", args=[stuck[0].pk, "release-place"])
    assert url in shown.content.decode()
    for _ in range(2):  # pressed twice
        client.post(url, {"why": "hangs since noon"})

    stuck[0].refresh_from_db()
    assert stuck[0].status == "running"
    [event] = Event.objects.filter(kind="place_released")
    assert (event.generation_id, event.by, event.note) == (
        stuck[0].pk, mechanic, "hangs since noon",
    )  # fmt: skip
    assert send(waiting).status == "running"
    assert send(ask("fourth"), times=2).status == "queued"
    assert len(service.creates) == 3


def test_the_details_hold_no_key(service: Emulator, ask: Ask, settings: Any, proxy: Server) -> None:
    proxy.greet = raw(DENIED.encode())
    settle_on(settings, base_url=BEYOND, proxy=f"http://name:secret@127.0.0.1:{proxy.port}")

    row = send(ask())

    told = json.dumps([lane().pause_detail, row.error_detail, *notes()])
    assert "407" in told and "secret" not in told


def notes() -> list[str]:
    return list(Event.objects.values_list("note", flat=True))
