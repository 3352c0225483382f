"""A key planted for every service, every quick fault run through the real tasks: it is nowhere."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from generations.models import Generation, SubmitThrottle
from generations.operations.database_copy import values
from generations.providers import providers
from generations.tasks.poll_result import apply_poll
from generations.tasks.submit import submit_queued
from tests.emulator import Emulator
from tests.emulator.presets import CREATE, DOWNLOAD, POLL
from tests.tasks.conftest import store_video
from wanstudio.logs import JSONFormatter, TextFormatter

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "sk-canary-5f1d9c2e7b8a4d60"
ADAPTERS = {
    "dashscope": "DashScope", "mulerouter": "MuleRouter", "vtrix": "Vtrix", "relay": "Relay",
}  # fmt: skip
SLOW = {"hang", "drip", "10 MB", "storm", "slow", "stall"}
# What a careless service would answer: the key that it was sent, in every place it has.
ECHO = {
    "status": 400,
    "headers": {"Content-Type": "application/json", "X-Key": CANARY},
    "body": json.dumps(
        {
            "code": "InvalidApiKey",
            "message": f"Bearer {CANARY} is wrong",
            "error": {"detail": CANARY},
        }
    ),
}
PAGES = (
    "/", "/gallery/", "/activity/", "/help/", "/admin/generations/generation/",
    "/admin/generations/generation/attention/", "/admin/generations/generation/numbers/",
    "/admin/generations/lane/", "/admin/generations/event/",
    "/admin/generations/generation/export/", "/admin/generations/event/export/", "/metrics",
)  # fmt: skip


def quick(faults: dict[str, Any]) -> list[str]:
    return [name for name in faults if not any(word in name for word in SLOW)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at every level, as text and as JSON."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers = []
    for formatter in (TextFormatter(), JSONFormatter()):
        handler = logging.StreamHandler(written)
        handler.setFormatter(formatter)
        handlers.append(handler)
        root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(keys=(CANARY,), seconds=0) as running:
        yield running


@pytest.fixture
def ask(settings: Any, emulator: Emulator, owner: Any) -> Callable[[str], Generation]:
    quickly = {"poll_every": 0.1, "query_rate": 200, "submit_every": 0, "max_open": 1000}
    options = {"api_key": CANARY, "base_url": emulator.base_url, **quickly}
    settings.PROVIDERS = {
        alias: {"BACKEND": f"generations.providers.{alias}.{name}", "OPTIONS": options}
        for alias, name in ADAPTERS.items()
    }

    def build(alias: str) -> Generation:
        for throttle in SubmitThrottle.objects.filter(provider=alias):
            throttle.resume()
        Generation.objects.queued().delete()
        model = providers[alias].models[0].id
        return Generation.objects.create_queued(
            owner=owner, provider=alias, model=model, prompt="an unspeakable picnic", size="832x480"
        )

    return build


def sent(row: Generation) -> Generation:
    with suppress(Exception):  # it is django-q2's to log what a task raises
        submit_queued(row.provider, row.model)
    row.refresh_from_db()
    return row


def polled(row: Generation) -> None:
    """One look at the service, as the watch takes and writes it."""
    now = timezone.now()
    Generation.objects.filter(pk=row.pk).update(status="running", due_at=now, finished_at=None)
    row.refresh_from_db()
    provider = providers[row.provider]
    try:
        apply_poll(row, provider.poll(row.remote_id or "", row.model), provider)
    except Exception as error:
        logging.getLogger("tests").warning("%r", error, exc_info=True)


def stored(row: Generation) -> None:
    Generation.objects.filter(pk=row.pk, status="running").update(status="storing")
    Generation.objects.filter(pk=row.pk).update(due_at=timezone.now())
    store_video(row.pk)


def everything_written(log: io.StringIO, client: Client) -> Iterator[tuple[str, str]]:
    yield "log", log.getvalue()
    for model in apps.get_models(include_auto_created=True):
        yield model._meta.label, b"\n".join(values(model, "default")).decode()
    for queued in OrmQ.objects.all():
        yield "queue", str(queued.task)
    for row in Generation.objects.all():
        for path in (f"/v/{row.pk}/", f"/admin/generations/generation/{row.pk}/change/"):
            yield path, client.get(path).content.decode()
    for path in PAGES:
        answer = client.get(path, headers={"Authorization": "Bearer scraper"})
        assert answer.status_code in (200, 302), path
        yield path, answer.getvalue().decode()
    exported = io.StringIO()
    call_command("export_log", "--all", stdout=exported)
    yield "export_log", exported.getvalue()
    yield "repr", repr([*providers.values()])


@pytest.mark.parametrize("alias", ADAPTERS)
def test_the_key_is_nowhere_whatever_the_service_does(
    alias: str,
    ask: Callable[[str], Generation],
    emulator: Emulator,
    log: io.StringIO,
    operator: Any,
    settings: Any,
) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = "scraper"
    for fault in quick(CREATE):
        emulator.fail("create", fault)
        sent(ask(alias))
    emulator.fail("create", **ECHO)
    sent(ask(alias))

    row = sent(ask(alias))
    for fault in quick(POLL):
        emulator.fail("poll", fault, times=1)
        polled(row)
    emulator.fail("poll", **ECHO)
    polled(row)

    for fault in quick(DOWNLOAD):
        emulator.fail("download", fault)
        stored(sent(ask(alias)))
    emulator.fail("download", **ECHO)
    stored(sent(ask(alias)))

    assert CANARY in str(emulator.creates[0].headers)  # it was on the wire, where it belongs
    assert "unspeakable" not in log.getvalue()  # logs name rows by id, never by prompt
    client = Client()
    client.force_login(operator)
    for where, text in everything_written(log, client):
        assert CANARY not in text, f"{where}: {text[max(0, text.index(CANARY) - 300) :][:700]}"
