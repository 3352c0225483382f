"""What Prometheus reads, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from generations.models import PollerLease, SubmitThrottle, WorkerHeartbeat
from generations.reports.aggregate import update_daily_sums

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-the-scraper"


def ask(client: Any, authorization: str = f"Bearer {TOKEN}") -> Any:
    return client.get("/metrics", headers={"Authorization": authorization})


def figures(client: Any) -> dict[tuple[str, ...], float]:
    """Name and labels, in alphabetical order of their names -> value."""
    families = text_string_to_metric_families(ask(client).content.decode())
    return {
        (sample.name.removeprefix("wanstudio_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_token_of_ours_the_page_does_not_exist(client: Any, operator: Any) -> None:
    client.force_login(operator)
    assert ask(client, "").status_code == 404
    assert ask(client, "Bearer ").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Bearer 猜", f"{TOKEN}x"])
def test_a_wrong_token_finds_nothing_either(
    client: Any, owner: Any, settings: Any, given: str
) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    assert ask(client, given).status_code == 404


def test_what_is_under_way_and_what_waits_is_told(
    client: Any, settings: Any, make_generation: Any
) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    late = timezone.now() - timedelta(seconds=40)
    make_generation("queued")
    make_generation("running", due_at=late)
    make_generation("running", submitted_at=timezone.now() - timedelta(hours=2))
    make_generation("unconfirmed")
    WorkerHeartbeat.objects.record(late)
    PollerLease.objects.acquire()
    SubmitThrottle.objects.pause("sandbox", "m", whole_service=False, code="auth", detail="")

    found = figures(client)

    assert found["in_flight", "sandbox", "running"] == 2
    assert found["in_flight", "sandbox", "queued"] == 1
    assert (found["unconfirmed",], found["late",], found["queue_length",]) == (1, 1, 0)
    assert 39 < found["lag_seconds",] < 100
    assert 39 < found["sweep_age_seconds",] < 100
    assert found["watches",] == 1
    assert found["lane_paused", "m", "sandbox"] == 1
    assert found["disk_free_bytes",] > 0


def test_failures_by_class_and_spend_come_from_the_daily_sums(
    client: Any, settings: Any, make_generation: Any
) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    make_generation("failed", error_code="content").log_event("failed")
    make_generation("succeeded", price="0.50", provider_data={"cost": 0.4}).log_event("succeeded")
    update_daily_sums()

    found = figures(client)

    assert found["generations", "content", "sandbox", "failed"] == 1
    assert found["generations", "", "sandbox", "succeeded"] == 1
    assert found["spend_usd", "estimated", "sandbox"] == 0.5


def test_a_studio_that_never_ran_has_figures_too(client: Any, settings: Any, owner: Any) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    found = figures(client)
    assert (found["sweep_age_seconds",], found["lag_seconds",]) == (-1, 0)


def test_prompts_and_people_are_not_told(client: Any, settings: Any, make_generation: Any) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    make_generation("running", prompt="a secret picnic")
    page = ask(client).content.decode()
    assert "picnic" not in page
    assert "owner" not in page
