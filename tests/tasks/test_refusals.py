"""What a provider refuses, and whose fault it is: a prompt's, an account's, a key's."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from generations.models import (
    Generation,
    SubmitThrottle,
)
from tests.emulator import Emulator
from tests.tasks.conftest import UNREACHABLE, Ask, poll, send, throttle

pytestmark = pytest.mark.django_db

BUSY = (
    "The provider is busy. We will send this for you in a moment.",
    "服务商繁忙，稍后会自动提交。",
)


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

    assert (row.status, row.error_code, throttle().pause_code) == ("queued", code, code)
    assert sentence in page(row)
    assert "Paused services" in attention()
    assert (len(service.creates), service.charged) == (1, 0)


def test_what_a_prompt_says_pauses_nothing(service: Emulator, ask: Ask) -> None:
    """Services echo prompts in what they refuse."""
    prompt = '{"code": "Arrearage", "message": "no money"}'
    service.fail("create", status=400, code="", message=f"Invalid prompt: {prompt}")

    row = send(ask(prompt))

    assert (row.status, row.error_code) == ("failed", "input")
    assert not throttle().is_paused


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
    assert (throttle().is_paused, throttle().pause_code) == (True, code)
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
    assert (row.status, row.error_code, throttle().is_paused) == ("failed", "provider", False)


def test_a_quota_of_the_minute_rests_ten_times_and_then_pauses(
    service: Emulator, ask: Ask, says: Any, page: Any, attention: Any, health: Any
) -> None:
    service.fail("create", "no quota", times=None)
    row = ask()

    for _ in range(10):
        send(row)
        rest = (throttle().next_at - timezone.now()).total_seconds()
        assert (row.status, throttle().is_paused) == ("queued", False)
        assert 50 < rest <= 60
    assert says(row, BUSY)
    assert ("Nothing needs attention" in attention(), health()) == (True, (200, "ok"))

    send(row)
    assert (row.status, throttle().is_paused, throttle().pause_code) == ("queued", True, "quota")
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
    assert not throttle().is_paused


def test_outages_and_quotas_are_counted_apart(service: Emulator, ask: Ask) -> None:
    service.fail("create", "521 html", times=9)
    service.fail("create", "no quota", times=2)

    row = send(ask(), times=11)
    assert (throttle().failures, throttle().is_paused) == (2, False)
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
    assert (throttle().is_paused, throttle().pause_code) == (True, "unreachable")
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
    assert not throttle().is_paused


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
    assert "Polling not allowed" in listed and "AccessDenied" in listed
    assert not throttle().is_paused

    service.freeze(row.remote_id, "running")
    poll(row)
    row.refresh_from_db()
    assert (row.status, row.error_code, row.error_detail) == ("running", "", "")
    assert "Nothing needs attention" in attention()


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
