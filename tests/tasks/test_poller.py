"""The poller: that one runs at a time, what it does with each result, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from generations.models import Generation, PollerLease, SubmitThrottle
from generations.tasks import poller
from generations.tasks.poller import run_poller
from generations.worker import heartbeat
from tests.emulator import Emulator
from tests.tasks.conftest import Ask, Workers


@pytest.mark.django_db
class TestLease:
    def test_with_nothing_open_it_ends_and_releases_the_lease(self) -> None:
        run_poller()

        assert PollerLease.objects.is_free()

    def test_while_another_polls_it_ends_at_once(self, make_generation: Any) -> None:
        make_generation(status="running")
        PollerLease.objects.acquire()

        run_poller()

        assert not PollerLease.objects.is_free()

    def test_a_poller_whose_time_is_over_enqueues_the_next(
        self,
        make_generation: Any,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        monkeypatch.setattr(poller, "MAX_RUNTIME", 0)
        make_generation(status="running")

        with django_capture_on_commit_callbacks() as enqueued:
            run_poller()

        assert len(enqueued) == 1
        assert PollerLease.objects.is_free()

    def test_a_poller_that_is_told_to_stop_stops_and_enqueues_nothing(
        self,
        make_generation: Any,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
        heartbeat.stop_file(tmp_path / "heartbeat").touch()
        make_generation(status="running")

        with django_capture_on_commit_callbacks() as enqueued:
            run_poller()

        assert not enqueued
        assert PollerLease.objects.is_free()

    def test_a_poller_that_lost_its_lease_ends(self, make_generation: Any) -> None:
        make_generation(status="running")
        lease = PollerLease.objects.acquire()
        PollerLease.objects.update(holder=UUID(int=1))

        poller.Poller(lease).run()


@pytest.mark.django_db
def test_a_row_whose_provider_is_not_configured_waits(
    service: Emulator, make_generation: Any
) -> None:
    row = make_generation(status="running", provider="gone")
    mine = poller.Poller(PollerLease.objects.acquire())

    mine.run_once()

    row.refresh_from_db()
    assert row.status == "running"
    assert row.due_at > timezone.now() + timedelta(seconds=50)


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["gone", "sandbox"])
def test_an_unconfirmed_row_whose_provider_has_no_list_is_left_to_staff(
    alias: str, service: Emulator, make_generation: Any, settings: Any
) -> None:
    sandbox = {"BACKEND": "generations.providers.sandbox.Sandbox"}
    settings.PROVIDERS = {**settings.PROVIDERS, "sandbox": sandbox}
    row = make_generation(status="unconfirmed", provider=alias, due_at=timezone.now())

    poller.Poller(PollerLease.objects.acquire()).run_once()

    row.refresh_from_db()
    assert (row.status, row.due_at) == ("unconfirmed", None)
    assert row.events.filter(kind="searched").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["in the adapter", "in the result"])
def test_after_an_unexpected_error_it_polls_again_later_for_24_hours_at_most(
    place: str, service: Emulator, make_generation: Any, still_clock: None
) -> None:
    mine = poller.Poller(PollerLease.objects.acquire())
    mine.pool("dashscope")

    def after_error(age: timedelta) -> Generation:
        row = make_generation(
            status="running", provider="dashscope", submitted_at=timezone.now() - age
        )
        outcome: dict[str, Any] = {"error": ArithmeticError("nobody thought of this")}
        if place == "in the result":
            outcome = {"value": None}
        mine.results.put(poller.CallResult("dashscope", "poll", row, **outcome))
        mine.apply_results()
        return Generation.objects.get(pk=row.pk)

    young, old = after_error(timedelta(hours=1)), after_error(timedelta(hours=25))

    assert (young.status, young.attempts) == ("running", 1)
    assert young.due_at > timezone.now()
    assert (old.status, old.error_code) == ("failed", "expired")


@pytest.mark.django_db
def test_its_24_hours_run_out_all_the_same(service: Emulator, make_generation: Any) -> None:
    past = timezone.now() - timedelta(hours=25)
    row = make_generation(status="running", provider="gone", submitted_at=past)

    poller.Poller(PollerLease.objects.acquire()).run_once()

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", "expired")


@pytest.mark.django_db(transaction=True)
class TestPolling:
    def test_a_failing_service_fails_no_row(
        self, service: Emulator, ask: Ask, workers: Workers
    ) -> None:
        service.fail("poll", "500", times=3)
        row = ask()
        workers.until_ended()

        row.refresh_from_db()
        assert row.status == "succeeded"

    def test_a_refused_poll_pauses_the_sending_and_fails_no_row(
        self, service: Emulator, ask: Ask, workers: Workers
    ) -> None:
        service.fail("poll", "401", times=1)
        row = ask()
        workers.until_ended()

        row.refresh_from_db()
        assert row.status == "succeeded"
        assert SubmitThrottle.objects.paused().count() == 1

    def test_a_storm_of_429_fails_no_row(
        self, service: Emulator, ask: Ask, workers: Workers
    ) -> None:
        service.fail("poll", "429", times=10)
        row = ask()
        workers.until_ended()

        row.refresh_from_db()
        assert row.status == "succeeded"

    def test_one_bad_row_never_stops_the_others(
        self, service: Emulator, ask: Ask, workers: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apply_poll = poller.apply_poll

        def surprised(row: Generation, *rest: Any) -> None:
            if row.prompt == "bad":
                raise ArithmeticError("nobody thought of this")
            apply_poll(row, *rest)

        monkeypatch.setattr(poller, "apply_poll", surprised)
        bad, good = ask("bad"), ask("good")
        workers.until(lambda: Generation.objects.get(pk=good.pk).status == "succeeded")

        bad.refresh_from_db()
        assert bad.status == "running"

    def test_a_service_that_answers_more_slowly_than_it_is_asked_is_heard(
        self, service: Emulator, ask: Ask, workers: Workers
    ) -> None:
        service.fail("poll", manner="late", every=0.5, times=None)
        row = ask()
        workers.until_ended()

        row.refresh_from_db()
        assert row.status == "succeeded"
