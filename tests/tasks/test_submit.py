"""The one step that costs money: what each answer does to the row, and to its throttle."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection
from django.utils import timezone

from generations.models import (
    FOREVER,
    Generation,
    PollerLease,
    Status,
    SubmitThrottle,
    claim_submit,
)
from generations.providers import providers
from generations.providers.base import OutcomeUnknownError, SourceImage
from generations.tasks.dispatcher import Dispatcher
from generations.tasks.submit import RETRY_WRITES, picture_of, send, submit_queued
from generations.worker import heartbeat
from generations.worker.supervisor import HEARTBEAT_TIMEOUT
from tests.emulator import Emulator

pytestmark = pytest.mark.django_db

THROTTLE = ("dashscope", "wan2.2-t2v-plus")
I2V = "wan2.2-i2v-flash"
JSON = {"Content-Type": "application/json"}
AN_ID_AND_AN_ERROR = '{"output": {"task_id": "perhaps"}, "code": "InternalError"}'
Ask = Callable[..., Generation]


def sent(row: Generation) -> Generation:
    """Work the lane once, whatever it raises, and read the row again."""
    with suppress(OutcomeUnknownError):
        submit_queued(*THROTTLE)
    row.refresh_from_db()
    return row


def lane() -> SubmitThrottle:
    return SubmitThrottle.objects.at(*THROTTLE)


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
    assert len(service.creates) == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("400", "input"), ("413", "too_large"), ("content", "content")]
)
def test_a_refused_request_fails_and_stops_nobody_else(
    fault: str, code: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    refused, other = ask("first"), ask("second", created=timezone.now() + timedelta(seconds=1))

    refused = sent(refused)
    other.refresh_from_db()

    assert (refused.status, refused.error_code) == ("failed", code)
    assert other.status == "running"


ACCOUNT = ["401", "402", "403", "arrearage", "overdue", "free tier", "unpurchased"]
ACCOUNT += ["quoted arrearage", "200 credits"]
MODEL = ["404", "model denied", "model missing"]


@pytest.mark.parametrize("fault", ACCOUNT + MODEL)
def test_a_refused_account_pauses_the_line_and_the_row_waits(
    fault: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)

    row = sent(ask())
    submit_queued(*THROTTLE)

    assert len(service.creates) == 1
    assert row.status == "queued"
    assert row.submitted_at is None
    assert row.error_code in {"auth", "billing", "quota", "access"}
    assert lane().paused_until == FOREVER


def test_a_resumed_line_sends_the_row_that_met_the_refusal(
    service: Emulator, ask: Ask, operator: Any
) -> None:
    service.fail("create", "arrearage")
    row = sent(ask())

    lane().resume(by=operator)
    row = sent(row)

    assert row.status == "running"
    assert service.charged == 1


@pytest.mark.parametrize("fault", ["429", "503"])
def test_a_busy_service_gets_the_row_later(fault: str, service: Emulator, ask: Ask) -> None:
    service.fail("create", fault)
    row = sent(ask())
    assert row.status == "queued"

    submit_queued(*THROTTLE)
    assert len(service.creates) == 1

    SubmitThrottle.objects.update(next_at=timezone.now())
    assert sent(row).status == "running"


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("429 seconds", 1, 3),
        ("429 huge", 590, 601),
        ("429 date", 590, 601),
        ("429 negative", 20, 31),
        ("429 past date", 0, 31),
        ("429 nonsense", 20, 31),
    ],
)
def test_retry_after_is_kept_in_both_forms_up_to_ten_minutes(
    fault: str, least: float, most: float, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    sent(ask())

    rest = (lane().next_at - timezone.now()).total_seconds()
    assert least <= rest <= most


def test_a_service_that_is_not_there_gets_the_row_later(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    service.stop()

    row = sent(ask())

    assert row.status == "queued"
    assert lane().failures == 1


def test_five_lost_answers_in_a_row_stop_the_sending(service: Emulator, ask: Ask) -> None:
    service.fail("create", "502 html", times=None)
    for number in range(8):
        ask(f"boat {number}")

    for _ in range(8):
        with suppress(OutcomeUnknownError):
            submit_queued(*THROTTLE)

    assert len(service.creates) == 5
    assert Generation.objects.queued().count() == 3


def test_a_claim_that_is_too_old_is_not_sent(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)

    send(providers["dashscope"], row, deadline=time.monotonic() - 1)

    assert not service.creates
    row.refresh_from_db()
    assert row.status == "queued"


@pytest.mark.parametrize("fault", ["400", "401", "429"])
def test_a_refusal_that_comes_after_the_lease_leaves_the_doubt_and_is_told(
    fault: str, service: Emulator, ask: Ask
) -> None:
    service.fail("create", fault)
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    send(providers["dashscope"], row, deadline=time.monotonic() + 5)

    row.refresh_from_db()
    assert row.status == "unconfirmed"
    assert fault in row.events.get(kind="late_answer").note


def test_an_id_that_comes_for_a_row_with_another_is_told(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    elsewhere = Generation.objects.get(pk=row.pk)
    elsewhere.transition(Status.UNCONFIRMED)
    elsewhere.transition(Status.RUNNING, due_at=timezone.now(), remote_id="attached by staff")

    send(providers["dashscope"], row, deadline=time.monotonic() + 5)

    row.refresh_from_db()
    assert row.remote_id == "attached by staff"
    [late] = service.tasks
    assert late in row.events.get(kind="late_answer").note


def test_a_model_that_left_the_catalogue_closes_its_own_line_and_its_rows_wait(
    service: Emulator, ask: Ask
) -> None:
    gone, other = ask(model="wan1-of-old"), ask()

    submit_queued("dashscope", gone.model)
    other = sent(other)

    gone.refresh_from_db()
    assert (gone.status, other.status) == ("queued", "running")
    assert [lane.model for lane in SubmitThrottle.objects.paused()] == ["wan1-of-old"]
    assert len(service.creates) == 1


def test_an_id_that_comes_after_the_lease_is_adopted(service: Emulator, ask: Ask) -> None:
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    send(providers["dashscope"], row, deadline=time.monotonic() + 5)

    row.refresh_from_db()
    assert row.status == "running"
    assert row.remote_id in service.tasks


def test_an_id_beside_a_doubtful_answer_after_the_lease_is_shown_to_staff_too(
    service: Emulator, ask: Ask
) -> None:
    service.fail("create", status=500, body=AN_ID_AND_AN_ERROR, headers=JSON)
    ask()
    row = claim_submit(*THROTTLE, max_open=2, submit_every=0)
    Generation.objects.get(pk=row.pk).transition(Status.UNCONFIRMED)

    with suppress(OutcomeUnknownError):
        send(providers["dashscope"], row, deadline=time.monotonic() + 5)

    told = row.events.get(kind="late_answer")
    assert told.data == {"remote_id": "perhaps"}
    assert "perhaps" in told.note


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
        send(providers["dashscope"], row, deadline=time.monotonic() + 5)

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
        send(providers["dashscope"], row, deadline=time.monotonic() + 5)

    row.refresh_from_db()
    assert row.remote_id in service.tasks


def test_an_outcome_waits_longer_than_a_failover_and_no_pause_looks_like_death() -> None:
    assert sum(RETRY_WRITES) > 120
    assert max(RETRY_WRITES) < HEARTBEAT_TIMEOUT


def test_an_id_that_another_row_owns_is_doubt(
    service: Emulator, ask: Ask, make_generation: Any
) -> None:
    make_generation(status="running", provider="dashscope", remote_id="twice")
    row = ask()
    answer = '{"output": {"task_id": "twice", "task_status": "PENDING"}}'
    service.fail("create", status=200, body=answer, headers=JSON)

    assert sent(row).status == "unconfirmed"


def test_a_picture_that_cannot_be_read_is_refused_before_sending(
    service: Emulator, ask: Ask
) -> None:
    row = ask(model=I2V, size="720P", source_image="pictures/gone.png")

    submit_queued("dashscope", I2V)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", "image")
    assert not service.creates


def test_a_stored_picture_is_sent_with_its_type(ask: Ask) -> None:
    row = ask(source_image=ContentFile(b"bytes of a picture", name="p.jpg"))

    assert picture_of(row) == SourceImage(content=b"bytes of a picture", content_type="image/jpeg")


def test_a_given_address_is_passed_on(ask: Ask) -> None:
    row = ask(source_url="https://example.org/first.png")

    assert picture_of(row) == SourceImage(url="https://example.org/first.png")


def test_who_accepted_sees_that_somebody_watches(
    service: Emulator, ask: Ask, django_capture_on_commit_callbacks: Any
) -> None:
    row = ask()
    assert PollerLease.objects.is_free()

    with django_capture_on_commit_callbacks() as enqueued:
        sent(row)

    assert enqueued


def test_an_id_beside_a_doubtful_answer_is_shown_to_staff(service: Emulator, ask: Ask) -> None:
    service.fail("create", status=500, body=AN_ID_AND_AN_ERROR, headers=JSON)

    row = sent(ask())

    assert (row.status, row.remote_id) == ("unconfirmed", None)
    assert row.events.get(kind="unconfirmed").data == {"remote_id": "perhaps"}


def test_a_picture_of_a_kind_that_nobody_sends_is_refused(service: Emulator, ask: Ask) -> None:
    row = ask(
        model=I2V, size="720P", source_image=ContentFile(b"a kind that nobody sends", name="p.tiff")
    )

    submit_queued("dashscope", I2V)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", "image")
    assert not service.creates


class Silent(FileSystemStorage):
    """A storage that is down, as a bucket is that refuses or hangs."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise OSError("the bucket does not answer as it should")


def test_while_the_storage_is_down_pictures_wait_in_line(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    rows = [ask(model=I2V, size="720P", source_image=png()) for _ in range(2)]
    stored, settings.STORAGES = settings.STORAGES, silent(settings.STORAGES)

    for _ in rows:
        submit_queued("dashscope", I2V)

    assert not service.creates
    assert Generation.objects.queued().count() == 2
    assert SubmitThrottle.objects.get(model=I2V).failures == 1
    settings.STORAGES = stored
    SubmitThrottle.objects.update(next_at=timezone.now())
    submit_queued("dashscope", I2V)
    assert len(service.creates) == 2


def png() -> ContentFile:
    return ContentFile(b"bytes of a picture", name="p.png")


def silent(storages: dict[str, Any]) -> dict[str, Any]:
    return {**storages, "default": {"BACKEND": f"{__name__}.Silent"}}


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
    stop = Timer(1, heartbeat.stop_file(tmp_path / "pulse").touch)
    stop.start()

    submit_queued("dashscope", I2V)

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

    assert lane().next_at > timezone.now(), "it waited until the next could be sent"
    assert len(service.creates) == 1
