"""What each answer about a running row means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation
from generations.providers import providers
from generations.providers.base import Provider, RemoteState, RemoteTask
from generations.providers.errors import ErrorCode
from generations.tasks.poll_result import apply_poll, give_up_if_lost

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Provider:
    adapter = "generations.providers.dashscope.DashScope"
    options = {"api_key": "sk-test", "base_url": "http://127.0.0.1:1"}
    settings.PROVIDERS = {"dashscope": {"BACKEND": adapter, "OPTIONS": options}}
    return providers["dashscope"]


@pytest.fixture
def row(make_generation: Any, provider: Provider) -> Generation:
    return make_generation(status="running", provider="dashscope", endpoint=provider.endpoint)


def polled(row: Generation, provider: Provider, state: RemoteState, **more: Any) -> Generation:
    row = Generation.objects.get(pk=row.pk)
    apply_poll(row, RemoteTask(state=state, **more), provider)
    return Generation.objects.get(pk=row.pk)


def test_a_finished_task_is_to_be_brought_home_now(row: Generation, provider: Provider) -> None:
    facts = {"cost": "0.10"}
    row = polled(
        row, provider, RemoteState.SUCCEEDED, video_url="http://x/v.mp4", provider_data=facts
    )

    assert (row.status, row.billed) == ("storing", "yes")
    assert row.due_at <= timezone.now()
    assert row.provider_data["cost"] == "0.10"


def test_an_address_is_never_stored(row: Generation, provider: Provider) -> None:
    url = "http://results.example/v.mp4?Signature=secret"
    row = polled(row, provider, RemoteState.SUCCEEDED, video_url=url)

    stored = [str(getattr(row, field.name)) for field in row._meta.concrete_fields]
    assert not [value for value in stored if "results.example" in value]


def test_a_failed_task_fails_with_the_services_reason(row: Generation, provider: Provider) -> None:
    row = polled(
        row, provider, RemoteState.FAILED, error_code=ErrorCode.CONTENT, detail="not allowed"
    )

    assert (row.status, row.error_code, row.error_detail) == ("failed", "content", "not allowed")


def test_a_failure_without_a_code_is_the_services(row: Generation, provider: Provider) -> None:
    assert polled(row, provider, RemoteState.FAILED).error_code == "provider"


def test_a_poll_that_changes_nothing_writes_nothing(
    row: Generation, provider: Provider, django_assert_num_queries: Any
) -> None:
    row = polled(row, provider, RemoteState.RUNNING)
    with django_assert_num_queries(0):
        apply_poll(row, RemoteTask(state=RemoteState.RUNNING), provider)


def test_progress_is_written_as_it_was_sent(row: Generation, provider: Provider) -> None:
    row = polled(row, provider, RemoteState.RUNNING, progress=30)

    assert (row.status, row.progress, row.remote_state) == ("running", 30, "running")


def test_going_back_to_pending_is_no_end(row: Generation, provider: Provider) -> None:
    row = polled(row, provider, RemoteState.RUNNING)
    row = polled(row, provider, RemoteState.PENDING)

    assert (row.status, row.remote_state) == ("running", "pending")


def unknown(row: Generation, provider: Provider, times: int, **more: Any) -> Generation:
    for _ in range(times):
        row = polled(row, provider, RemoteState.GONE, **more)
    return row


def hours_later(row: Generation, hours: float) -> None:
    """The first "unknown" was so long ago."""
    since = (timezone.now() - timedelta(hours=hours)).isoformat()
    row.refresh_from_db()
    Generation.objects.filter(pk=row.pk).update(
        provider_data={**row.provider_data, "unknown_since": since}
    )


def test_gone_is_believed_when_nothing_else_was_said_for_an_hour(
    row: Generation, provider: Provider
) -> None:
    row = unknown(row, provider, 4)
    assert row.due_at > timezone.now() + timedelta(seconds=30)
    hours_later(row, 1)

    row = polled(row, provider, RemoteState.GONE)

    assert (row.status, row.error_code) == ("failed", "expired")


def test_gone_is_asked_for_later_and_later_until_then(row: Generation, provider: Provider) -> None:
    row = unknown(row, provider, 9)
    hours_later(row, 0.9)
    row = unknown(row, provider, 1)

    assert (row.status, row.attempts) == ("running", 10)
    assert row.due_at > timezone.now() + timedelta(minutes=9)
    assert [event.note for event in row.events.filter(kind="task_not_found")] == ["unknown"]


def test_gone_and_back_begins_to_count_anew(row: Generation, provider: Provider) -> None:
    row = unknown(row, provider, 9)
    hours_later(row, 2)
    row = polled(row, provider, RemoteState.RUNNING)
    row = unknown(row, provider, 9)

    assert row.status == "running"


def test_gone_from_another_address_than_it_was_sent_to_proves_nothing(
    row: Generation, provider: Provider
) -> None:
    Generation.objects.update(endpoint="https://other-region.example")
    row = unknown(row, provider, 9)

    assert row.status == "running"
    assert "unknown_since" not in row.provider_data


def test_the_page_of_a_gateway_proves_nothing(row: Generation, provider: Provider) -> None:
    row = unknown(row, provider, 9, confirmed=False)

    assert row.status == "running"
    assert "unknown_since" not in row.provider_data


def test_after_24_hours_it_is_believed_the_fifth_time(row: Generation, provider: Provider) -> None:
    Generation.objects.update(submitted_at=timezone.now() - timedelta(hours=24))
    row = unknown(row, provider, 4, confirmed=False)
    assert row.status == "running"

    assert unknown(row, provider, 1, confirmed=False).error_code == "expired"


def test_done_without_an_address_is_brought_home_once_there_is_one(
    row: Generation, provider: Provider
) -> None:
    row = polled(row, provider, RemoteState.SUCCEEDED)

    assert (row.status, row.billed) == ("storing", "yes")


def test_an_unheard_of_word_keeps_it_alive_and_is_told_once(
    row: Generation, provider: Provider
) -> None:
    for _ in range(3):
        row = polled(
            row, provider, RemoteState.RUNNING, provider_data={"unknown_word": "POLISHING"}
        )

    assert row.status == "running"
    assert list(row.events.values_list("kind", "note")) == [("unknown_word", "POLISHING")]


def test_what_is_being_made_after_24_hours_is_asked_for_on(
    row: Generation, provider: Provider
) -> None:
    Generation.objects.update(submitted_at=timezone.now() - timedelta(hours=40))
    row = polled(row, provider, RemoteState.RUNNING)

    assert row.status == "running"
    assert not give_up_if_lost(row), "it was heard just now"
    heard = (timezone.now() - timedelta(hours=1)).isoformat()
    Generation.objects.update(provider_data={"still_running_at": heard})
    row.refresh_from_db()
    assert give_up_if_lost(row)
    assert (row.status, row.error_code) == ("failed", "expired")


def test_after_24_hours_it_is_written_down_seldom_that_it_was_heard(
    row: Generation, provider: Provider, django_assert_num_queries: Any
) -> None:
    Generation.objects.update(submitted_at=timezone.now() - timedelta(hours=40))
    row = polled(row, provider, RemoteState.RUNNING)
    with django_assert_num_queries(0):
        apply_poll(row, RemoteTask(state=RemoteState.RUNNING), provider)


def test_a_video_that_is_still_there_after_24_hours_is_brought_home(
    row: Generation, provider: Provider
) -> None:
    Generation.objects.update(submitted_at=timezone.now() - timedelta(hours=25))
    row = polled(row, provider, RemoteState.SUCCEEDED, video_url="http://x/v.mp4")

    assert row.status == "storing"


def test_a_late_answer_about_a_row_that_moved_on_changes_nothing(
    row: Generation, provider: Provider
) -> None:
    late = Generation.objects.get(pk=row.pk)
    polled(row, provider, RemoteState.SUCCEEDED, video_url="http://x/v.mp4")

    apply_poll(late, RemoteTask(state=RemoteState.FAILED), provider)

    row.refresh_from_db()
    assert row.status == "storing"
