"""What the services say about a key: asked with GETs alone, told without the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from generations.models import Event, SubmitThrottle
from generations.providers.dashscope import DashScope
from generations.tasks.key_check import check_key
from tests.emulator import Emulator

pytestmark = pytest.mark.django_db

BACKENDS = {
    "dashscope": "generations.providers.dashscope.DashScope",
    "mulerouter": "generations.providers.mulerouter.MuleRouter",
    "vtrix": "generations.providers.vtrix.Vtrix",
    "relay": "generations.providers.relay.Relay",
}
MISTYPED = "sk-mistyped-000000000000"


@pytest.fixture
def elsewhere() -> Iterator[Emulator]:
    """The service in another region, where the key is known."""
    with Emulator(keys=(MISTYPED,)) as running:
        yield running


def results(settings: Any, operator: Any, protocol: str, **options: Any) -> list[dict[str, str]]:
    settings.PROVIDERS = {protocol: {"BACKEND": BACKENDS[protocol], "OPTIONS": options}}
    check_key(protocol, "11111111-1111-4111-8111-111111111111", operator.pk, False)
    event = Event.objects.get(kind="key_checked", by=operator)
    assert MISTYPED not in repr(event.data) + event.note
    found: list[dict[str, str]] = event.data["results"]
    return found


@pytest.mark.parametrize("protocol", BACKENDS)
def test_a_good_key_is_accepted(
    settings: Any, operator: Any, emulator: Emulator, protocol: str
) -> None:
    [result] = results(settings, operator, protocol, **emulator.options())
    assert result == {"url": emulator.base_url, "state": "accepted", "detail": ""}
    assert {request.method for request in emulator.requests} == {"GET"}


@pytest.mark.parametrize("protocol", BACKENDS)
def test_a_wrong_key_is_refused_with_the_words_of_the_service(
    settings: Any, operator: Any, emulator: Emulator, protocol: str
) -> None:
    options = emulator.options(api_key=MISTYPED)
    [result] = results(settings, operator, protocol, **options)
    assert result["state"] == "refused"
    assert "401" in result["detail"]
    assert {request.method for request in emulator.requests} == {"GET"}


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [("dashscope", "503"), ("dashscope", "429"), ("vtrix", "503"), ("vtrix", "404 html")],
)
def test_where_the_service_does_not_answer_nothing_is_said_about_the_key(
    settings: Any, operator: Any, emulator: Emulator, protocol: str, fault: str
) -> None:
    for verb in ("poll", "list") if protocol == "dashscope" else ("poll",):
        emulator.fail(verb, fault, times=9)
    [result] = results(settings, operator, protocol, **emulator.options())
    assert result["state"] == "unreachable"
    assert result["detail"]


def test_a_service_that_cannot_be_reached_says_nothing_about_the_key(
    settings: Any, operator: Any
) -> None:
    options = {"api_key": MISTYPED, "base_url": "http://127.0.0.1:9"}
    [result] = results(settings, operator, "relay", **options)
    assert result["state"] == "unreachable"


def test_a_key_that_may_not_list_is_judged_by_a_poll(
    settings: Any, operator: Any, emulator: Emulator
) -> None:
    emulator.fail("list", "403")
    [result] = results(settings, operator, "dashscope", **emulator.options())
    assert result["state"] == "accepted"
    assert len(emulator.asked("poll")) == 1


def test_a_key_of_another_region_is_found_where_it_belongs(
    settings: Any, operator: Any, emulator: Emulator, elsewhere: Emulator, monkeypatch: Any
) -> None:
    regions = {emulator.base_url: "singapore", elsewhere.base_url: "beijing"}
    monkeypatch.setattr(DashScope, "regions", regions)
    options = emulator.options(api_key=MISTYPED)
    settings.PROVIDERS = {"dashscope": {"BACKEND": BACKENDS["dashscope"], "OPTIONS": options}}

    check_key("dashscope", "22222222-2222-4222-8222-222222222222", operator.pk, True)

    found = Event.objects.get(kind="key_checked").data["results"]
    assert found == [{"url": elsewhere.base_url, "state": "accepted", "detail": ""}]
    assert emulator.requests == []


def test_a_worker_that_does_not_know_the_service_says_so(settings: Any, operator: Any) -> None:
    settings.PROVIDERS = {}
    check_key("dashscope", "33333333-3333-4333-8333-333333333333", operator.pk, False)
    [result] = Event.objects.get(kind="key_checked").data["results"]
    assert (result["state"], "restart" in result["detail"]) == ("unreachable", True)
    assert not SubmitThrottle.objects.exists()
