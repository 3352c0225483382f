"""The button that tests a key: who has it, what it starts, and what it never shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generations.models import SubmitThrottle
from generations.providers import providers
from generations.providers.dashscope import DashScope
from generations.tasks.key_check import check_key
from generations.worker import task_queue
from tests.conftest import person
from tests.emulator import Emulator

pytestmark = pytest.mark.django_db

PAGE = "/admin/generations/submitthrottle/"
MISTYPED = "sk-mistyped-000000000000"


@pytest.fixture
def service(settings: Any, emulator: Emulator) -> Emulator:
    """DashScope with a mistyped key."""
    options = emulator.options(api_key=MISTYPED)
    backend = "generations.providers.dashscope.DashScope"
    settings.PROVIDERS = {"dashscope": {"BACKEND": backend, "OPTIONS": options}}
    return emulator


@pytest.fixture
def worker(monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> list[Any]:
    """The tasks of the queue, for the test to run."""
    tasks: list[Any] = []
    monkeypatch.setattr(
        task_queue, "async_task", lambda function, *args, **options: tasks.append(args)
    )
    return tasks


def press(client: Client, capture: Any, **data: str) -> str:
    """The address of the page with the result."""
    with capture(execute=True):
        response = client.post(f"{PAGE}dashscope/key/", data)
    assert response.status_code == 302
    return str(response["Location"])


def test_a_refusal_names_key_and_region_and_the_second_press_names_its_addresses(
    client: Client,
    operator: Any,
    service: Emulator,
    worker: list[Any],
    monkeypatch: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(operator)
    with Emulator(keys=(MISTYPED,)) as beijing:
        regions = {service.base_url: "singapore", beijing.base_url: "beijing"}
        monkeypatch.setattr(DashScope, "regions", regions)
        assert "Test this key" in client.get(PAGE).content.decode()

        url = press(client, django_capture_on_commit_callbacks)
        assert "The worker is asking the service" in client.get(url).content.decode()
        check_key(*worker.pop())
        text = client.get(url).content.decode()
        for said in ("refuses the key", "another region", "DASHSCOPE_API_KEY", "InvalidApiKey",
                     "DASHSCOPE_BASE_URL", beijing.base_url, "Beijing"):  # fmt: skip
            assert said in text
        assert beijing.requests == []

        url = press(client, django_capture_on_commit_callbacks, regions="other")
        check_key(*worker.pop())
        text = client.get(url).content.decode()
        assert f"Set DASHSCOPE_BASE_URL={beijing.base_url}" in text
        methods = {request.method for request in [*service.requests, *beijing.requests]}
        assert methods == {"GET"}


def test_the_fragment_asks_again_until_the_worker_has_answered(
    client: Client,
    operator: Any,
    service: Emulator,
    worker: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(operator)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"{PAGE}dashscope/key/", headers={"HX-Request": "true"})
    [url] = re.findall('hx-get="(.*?)"', page.content.decode())
    assert "<html" not in page.content.decode()
    check_key(*worker.pop())
    text = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert ("hx-get" in text, "refuses the key" in text) == (False, True)


@pytest.mark.parametrize(
    ("permissions", "shown", "status"),
    [(("view_lane",), False, 403), (("view_lane", "repair_generation"), True, 302)],
)
def test_who_may_resume_a_service_may_test_its_key(
    client: Client, service: Emulator, permissions: tuple[str, ...], shown: bool, status: int
) -> None:
    client.force_login(person("staff", *permissions, staff=True))
    assert ("Test this key" in client.get(PAGE).content.decode()) == shown
    assert client.post(f"{PAGE}dashscope/key/").status_code == status
    assert client.post(f"{PAGE}elsewhere/key/").status_code == (404 if shown else 403)


def test_the_hash_of_a_key_is_on_no_page_and_in_no_export(
    client: Client, operator: Any, service: Emulator, make_generation: Any
) -> None:
    told = providers["dashscope"].credentials_hash
    assert re.fullmatch("[0-9a-f]{64}", told)
    SubmitThrottle.objects.pause(
        "dashscope", "m", whole_service=True, code="auth", detail="", credentials_hash=told
    )
    row = make_generation("queued", owner=operator, provider="dashscope", model="m")
    client.force_login(operator)
    throttle = SubmitThrottle.objects.get(model="m")
    for url in (
        PAGE,
        f"{PAGE}{throttle.pk}/resume/",
        reverse("admin:generations_attention"),
        reverse("admin:generations_export"),
        reverse("admin:generations_log_export"),
        reverse("admin:generations_event_changelist") + "?who=all",
        reverse("admin:generations_generation_change", args=[row.pk]),
        f"/v/{row.pk}/",
    ):
        response = client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200, url
        assert told not in body.decode(), url
        assert MISTYPED not in body.decode(), url


@pytest.mark.parametrize(("may", "says"), [(True, "Test the key"), (False, "Staff have been told")])
def test_who_can_mend_a_refused_key_is_led_to_the_place(
    client: Client, service: Emulator, make_generation: Any, may: bool, says: str
) -> None:
    maker = person("maker", *(["view_lane"] if may else []), staff=may)
    row = make_generation("queued", owner=maker, provider="dashscope", model="m")
    SubmitThrottle.objects.pause("dashscope", "m", whole_service=True, code="auth", detail="")
    client.force_login(maker)
    for url in (f"/v/{row.pk}/", "/"):
        text = client.get(url).content.decode()
        assert says in text
        assert (PAGE in text) == ("Key and region must match" in text) == may
