"""The one step that costs money: what each answer does to the row, and to its throttle."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection
from django.utils import timezone

from generations.models import (
    Generation,
    SubmitThrottle,
    claim_submit,
)
from generations.providers import providers
from generations.tasks.dispatcher import Dispatcher
from generations.tasks.submit import RETRY_WRITES, send, submit_queued
from generations.worker import heartbeat
from generations.worker.supervisor import HEARTBEAT_TIMEOUT
from tests.emulator import Emulator
from tests.tasks.conftest import I2V, THROTTLE, Ask, png, sent, throttle
from tests.waiting import until

pytestmark = pytest.mark.django_db


def test_an_accepted_row_runs_with_its_id_and_is_polled_soon(service: Emulator, ask: Ask) -> None:
    row = sent(ask())

    [task] = service.tasks.values()
    assert (row.status, row.remote_id) == ("running", task.id)
    assert row.due_at <= timezone.now() + timedelta(seconds=1)


def test_a_second_task_sends_nothing(service: Emulator, ask: Ask) -> None:
    row = sent(ask())

    submit_queued(*THROTTLE)
    submit_queued(*THROTTLE)

    assert len(service.creates) == 1
    row.refresh_from_db()
    assert row.status == "running"


def test_a_task_for_a_provider_that_is_not_configured_does_nothing(
    service: Emulator, ask: Ask
) -> None:
    row = ask(provider="elsewhere")

    submit_queued("elsewhere", row.model)

    row.refresh_from_db()
    assert row.status == "queued"


DOUBT = [
    "500 empty", "502 html", "504 html", "500", "408", "200 without id", "200 html", "200 list",
    "200 null", "empty", "truncated json", "10 MB json", "invalid utf-8", "cut", "close",
    "reset before", "reset after", "reset in body",
]  # fmt: skip


@pytest.mark.parametrize("fault", DOUBT)
def test_a_lost_answer_is_never_sent_again(fault: str, service: Emulator, ask: Ask) -> None:
    service.fail("create", fault)

    row = sent(ask())
    submit_queued(*THROTTLE)
    submit_queued(*THROTTLE)

    assert len(service.creates) == 1
    assert (row.status, row.error_code) == ("unconfirmed", "unconfirmed")
    assert row.due_at is not None  # it is looked for in the service's list


@pytest.mark.parametrize("fault", ["hang", "header drip", "body drip"])
def test_an_answer_that_never_comes_whole_is_doubt(
    fault: str, service: Emulator, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(providers["dashscope"]), "submit_seconds", 0.4)
    service.fail("create", fault)

    row = sent(ask())

    assert row.status == "unconfirmed"
    until(lambda: service.creates)  # who gives up may be faster than the service
    assert len(service.creates) == 1


def test_a_claim_that_is_too_old_is_not_sent(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)

    send(providers["dashscope"], row, deadline=time.monotonic() - 1)

    assert not service.creates
    row.refresh_from_db()
    assert row.status == "queued"


def test_a_database_that_fails_between_claim_and_post_leaves_nothing_in_doubt(
    service: Emulator, ask: Ask
) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)

    def locked_until_the_post(execute: Any, *args: Any) -> Any:
        if not service.creates:
            raise OperationalError("database is locked")
        return execute(*args)

    with connection.execute_wrapper(locked_until_the_post):
        send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    row.refresh_from_db()
    assert row.remote_id in service.tasks


@pytest.mark.django_db(transaction=True)
def test_an_id_is_written_down_however_often_the_database_fails(
    service: Emulator, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "sleep", lambda _: None)
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    failures = iter(range(len(RETRY_WRITES)))

    def down(execute: Any, *args: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("the database system is starting up")
        return execute(*args)

    with connection.execute_wrapper(down):
        send(providers["dashscope"], row, deadline=time.monotonic() + 60)

    row.refresh_from_db()
    assert row.remote_id in service.tasks


def test_an_outcome_waits_longer_than_a_failover_and_no_pause_looks_like_death() -> None:
    assert sum(RETRY_WRITES) > 120
    assert max(RETRY_WRITES) < HEARTBEAT_TIMEOUT


def test_a_line_with_long_gaps_holds_no_worker_and_keeps_them(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    settings.PROVIDERS["dashscope"]["OPTIONS"]["submit_every"] = 600
    ask("first")
    ask("second")

    submit_queued(*THROTTLE)
    submit_queued(*THROTTLE)
    assert Generation.objects.queued().count() == 1
    assert len(service.creates) == 1

    SubmitThrottle.objects.update(next_at=timezone.now())
    submit_queued(*THROTTLE)
    assert len(service.creates) == 2


def test_a_stop_in_the_middle_of_a_body_puts_the_row_back_in_line_at_once(
    service: Emulator, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "pulse"))
    service.settings.read_rate = 65_000
    picture = ContentFile(bytes(9_500_000), name="p.png")
    row = ask(model=I2V, size="720P", source_image=picture)

    def stop_in_the_middle() -> None:
        until(lambda: service.intake.received)
        heartbeat.stop_file(tmp_path / "pulse").touch()

    stop = Thread(target=stop_in_the_middle)
    stop.start()

    submit_queued("dashscope", I2V)

    stop.join()
    row.refresh_from_db()
    line = SubmitThrottle.objects.get(model=I2V)
    assert (row.status, row.submitted_at, line.failures) == ("queued", None, 0)
    assert line.next_at <= timezone.now()
    assert "told to stop" in row.events.get(kind="queued", note__contains="stop").note
    assert not service.creates
    assert (tmp_path / "pulse").exists()  # it was touched meanwhile

    heartbeat.stop_file(tmp_path / "pulse").unlink()
    service.settings.read_rate = 0
    submit_queued("dashscope", I2V)
    row.refresh_from_db()
    assert (row.status, len(service.creates)) == ("running", 1)


def test_a_row_with_a_picture_is_claimed_for_as_long_as_the_largest_takes(
    service: Emulator, ask: Ask
) -> None:
    for model, changes, seconds in [
        (I2V, {"size": "720P", "source_image": png()}, 375),
        (I2V, {"size": "720P", "source_url": "https://example.org/first.png"}, 75),
        (THROTTLE[1], {}, 75),
    ]:
        ask(model=model, **changes)
        row = claim_submit("dashscope", model, max_open=9, submit_every=0)
        assert (row.due_at - row.submitted_at).total_seconds() == seconds
        Dispatcher().expire_submits(row.submitted_at + timedelta(seconds=seconds - 1))
        assert Generation.objects.get(pk=row.pk).status == "submitting"
        Dispatcher().expire_submits(row.submitted_at + timedelta(seconds=seconds + 1))
        assert Generation.objects.get(pk=row.pk).status == "unconfirmed"


def test_who_waits_between_two_sends_notices_a_stop(
    service: Emulator, ask: Ask, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
    monkeypatch.setattr(heartbeat, "CHECK_EVERY", 0.01)
    settings.PROVIDERS["dashscope"]["OPTIONS"]["submit_every"] = 40
    ask("first"), ask("second")
    accepted = Generation.mark_running

    def stop_meanwhile(*args: Any, **kwargs: Any) -> bool:
        heartbeat.stop_file(tmp_path / "heartbeat").touch()
        return accepted(*args, **kwargs)

    monkeypatch.setattr(Generation, "mark_running", stop_meanwhile)

    submit_queued(*THROTTLE)

    assert throttle().next_at > timezone.now(), "it waited until the next could be sent"
    assert len(service.creates) == 1
