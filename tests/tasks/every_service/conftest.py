"""Each service once, and what can be asked of its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation, PollerLease
from generations.staff.alerts import ALERTS
from generations.tasks import poller
from generations.tasks.submit import submit_queued
from tests.emulator import Emulator
from tests.tasks.conftest import store_video

SERVICES = {
    "dashscope": ("dashscope.DashScope", "wan2.2-t2v-plus"),
    "mulerouter": ("mulerouter.MuleRouter", "wan2.2-t2v-plus"),
    "vtrix": ("vtrix.Vtrix", "wan22_t2v_plus"),
    "relay": ("relay.Relay", "wan2.2-t2v-plus"),
}


@pytest.fixture(params=SERVICES)
def row(request: Any, settings: Any, emulator: Emulator, owner: Any) -> Generation:
    """An ask that waits for this service."""
    backend, model = SERVICES[request.param]
    options = {**emulator.options(), "poll_every": 0, "query_rate": 200, "submit_every": 0}
    backend = f"generations.providers.{backend}"
    settings.PROVIDERS = {request.param: {"BACKEND": backend, "OPTIONS": options}}
    ask = {"provider": request.param, "model": model, "prompt": "A boat", "size": "832x480"}
    return Generation.objects.create_queued(owner=owner, **ask)


@pytest.fixture
def sent(row: Generation, emulator: Emulator) -> Generation:
    """A row whose task is done at the service."""
    submit_queued(row.provider, row.model)
    emulator.advance(60)
    row.refresh_from_db()
    assert row.status == "running"
    return row


@pytest.fixture
def look() -> Callable[[Generation], Generation]:
    """Poll a row once, whether it is due or not, and apply the answer as the poller does."""
    running = poller.Poller(PollerLease.objects.acquire())

    def poll(row: Generation) -> Generation:
        row = Generation.objects.get(pk=row.pk)
        pool = running.pool(row.provider)
        pool._run("poll", row, lambda: pool.provider.poll(row.remote_id or "", row.model))
        running.apply_results()
        return Generation.objects.get(pk=row.pk)

    return poll


def stored(row: Generation) -> Generation:
    Generation.objects.filter(pk=row.pk, status="storing").update(due_at=timezone.now())
    store_video(row.pk)
    return Generation.objects.get(pk=row.pk)


def page(client: Any, row: Generation) -> str:
    """What the page of one video says; what a lost connection is told with lies before it."""
    client.force_login(row.owner)
    return client.get(f"/v/{row.pk}/").content.decode().partition("<main")[2]


def concerns() -> set[str]:
    """What the attention list holds."""
    return {key for key, find in ALERTS.items() if find()}
