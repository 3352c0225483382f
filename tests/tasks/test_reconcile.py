"""Finding what got lost, through the list of the service's tasks."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from generations.models import Generation, submit_throttle
from generations.providers.errors import OutcomeUnknownError
from generations.tasks import reconcile, submit_outcomes
from generations.tasks.submit import submit_queued
from tests.creation.test_create import picture
from tests.emulator import Emulator
from tests.tasks.conftest import Ask, Workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit_outcomes, "RECONCILE_DELAY", timedelta(0))
    monkeypatch.setattr(reconcile, "exponential_backoff", lambda *_, **__: timedelta(seconds=0.2))
    monkeypatch.setattr(submit_throttle, "BREAKER_FAILURES", 10_000)


@pytest.fixture
def give_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is never found. What is found may take its time."""
    monkeypatch.setattr(reconcile, "GIVE_UP_AFTER", timedelta(seconds=4))


def lose_the_answer(row: Generation) -> Generation:
    with suppress(OutcomeUnknownError):
        submit_queued(row.provider, row.model)
    row.refresh_from_db()
    assert row.status == "unconfirmed"
    return row


def test_a_lost_answer_is_found_and_its_video_comes_home(
    service: Emulator, ask: Ask, workers: Workers
) -> None:
    service.fail("create", "reset after")
    row = ask()
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"
    assert len(service.creates) == service.charged == 1
    assert row.events.filter(kind="found", note=row.remote_id).exists()


def test_fifty_lost_answers_among_fifty_strangers_are_all_found(
    service: Emulator, ask: Ask, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten pairs of the same words among them, and five that fail at the service."""
    prompts = [f"boat {number}" for number in range(25)]
    prompts += [f"twin {number // 2}" for number in range(20)]
    doomed = [f"doomed {number}" for number in range(5)]
    for prompt in doomed:
        service.fail("create", "reset after", prompt=prompt, failure=("InternalError", "no"))
    service.fail("create", "reset after", times=None)
    for number in range(50):
        service.add_foreign(prompt=f"stranger {number}")
    rows = [ask(prompt) for prompt in [*prompts, *doomed]]

    workers.until(lambda: Generation.objects.succeeded().count() == 45)
    monkeypatch.setattr(reconcile, "GIVE_UP_AFTER", timedelta(0))
    workers.until_ended()

    after = {row.pk: row for row in Generation.objects.all()}
    for row in rows[:45]:
        assert after[row.pk].status == "succeeded"
        assert service.tasks[after[row.pk].remote_id].prompt == row.prompt
        assert not service.tasks[after[row.pk].remote_id].foreign
    for row in rows[45:]:
        assert after[row.pk].status == "unconfirmed"
        note = after[row.pk].events.get(kind="searched")
        assert "failed" in {task["state"] for task in note.data["listed"]}
    assert len(service.creates) == service.charged == 50


@pytest.mark.parametrize("answer", ["unknown", "404 html"])
def test_a_listed_task_that_is_unknown_for_a_while_is_found_all_the_same(
    answer: str, service: Emulator, ask: Ask, workers: Workers
) -> None:
    service.fail("create", "reset after")
    service.fail("poll", answer, times=1)
    row = ask()
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"
    assert len(service.creates) == service.charged == 1


@pytest.mark.usefixtures("give_up_soon")
def test_a_strangers_task_is_never_taken(service: Emulator, ask: Ask, workers: Workers) -> None:
    service.fail("create", "reset before")
    service.add_foreign(prompt="not ours")
    row = ask("a paper boat")
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "unconfirmed"
    assert row.remote_id is None
    assert row.due_at is None
    assert row.events.filter(kind="searched").exists()


def test_an_empty_list_long_after_is_noted_once_and_concludes_nothing(
    service: Emulator, ask: Ask, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "LISTED_LATEST_BY", timedelta(seconds=0.5))
    service.fail("create", "reset before")
    row = ask("a paper boat")
    noted = row.events.filter(note="the service lists nothing for this time")
    workers.until(lambda: noted.exists() and len(service.asked("list")) > 8)

    row.refresh_from_db()
    assert row.status == "unconfirmed"
    assert noted.count() == 1


@pytest.mark.usefixtures("give_up_soon")
def test_a_task_of_another_time_is_not_ours(service: Emulator, ask: Ask, workers: Workers) -> None:
    service.add_foreign(prompt="a paper boat", created=time.time() - 600)
    service.fail("create", "reset before")
    row = ask("a paper boat")
    workers.until_ended()
    row.refresh_from_db()

    assert row.remote_id is None


def test_two_different_asks_with_the_same_words_go_to_a_person(
    service: Emulator, ask: Ask, request: pytest.FixtureRequest
) -> None:
    service.fail("create", "reset after", times=None)
    for seed in (1, 2):
        lose_the_answer(ask("a paper boat", seed=seed))
    request.getfixturevalue("workers").until_ended()

    assert {row.status for row in Generation.objects.all()} == {"unconfirmed"}
    notes = [row.events.get(kind="searched").note for row in Generation.objects.all()]
    assert notes == ["more than one task fits"] * 2


def test_the_same_words_in_two_sizes_are_told_apart(
    service: Emulator, ask: Ask, workers: Workers, film: Path
) -> None:
    service.settings.video = str(film)  # by what the service says of them, not by their pictures
    service.fail("create", "reset after", times=None)
    small, large = ask("a paper boat"), ask("a paper boat", size="1920x1080")
    workers.until_ended()

    for row in (small, large):
        row.refresh_from_db()
        assert row.status == "succeeded"
        assert service.tasks[row.remote_id].size == row.size


I2V = {"model": "wan2.2-i2v-flash", "size": "720P"}
RED, BLUE = "https://example.org/red.png", "https://example.org/blue.png"


@pytest.mark.parametrize("usage", ["size", "tier"])
def test_a_lost_video_from_a_picture_is_found_whatever_the_service_says_of_its_size(
    usage: str, service: Emulator, ask: Ask, workers: Workers
) -> None:
    service.settings.usage = usage
    service.fail("create", "reset after", times=None)
    rows = [ask("it moves", source_url=RED, **I2V) for _ in range(2)]
    workers.until_ended()

    for row in rows:
        row.refresh_from_db()
        assert row.status == "succeeded"
        assert service.tasks[row.remote_id].request["input"]["img_url"] == RED


PICTURES = [
    ({"source_url": RED}, {"source_url": BLUE}),
    (
        {"source_image": "pictures/red.png", "provider_data": {"picture_sha256": "red"}},
        {"source_image": "pictures/blue.png", "provider_data": {"picture_sha256": "blue"}},
    ),
    ({"source_image": "pictures/red.png"}, {"source_image": "pictures/blue.png"}),
]


@pytest.mark.parametrize(("one", "other"), PICTURES)
def test_the_same_words_with_another_picture_go_to_a_person(
    one: dict[str, Any], other: dict[str, Any], service: Emulator, ask: Ask, stranger: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    for name in ("pictures/red.png", "pictures/blue.png"):
        default_storage.save(name, ContentFile(picture().content))
    service.fail("create", "reset after", times=None)
    lose_the_answer(ask("it moves", **one, **I2V))
    lose_the_answer(ask("it moves", owner=stranger, **other, **I2V))
    request.getfixturevalue("workers").until_ended()

    assert service.charged == 2
    assert {row.status for row in Generation.objects.all()} == {"unconfirmed"}


def test_the_task_of_a_row_that_was_given_up_is_not_taken_for_another_s(
    service: Emulator, ask: Ask, workers: Workers, make_generation: Any
) -> None:
    lost = {"provider": "dashscope", "prompt": "it moves", "submitted_at": timezone.now()}
    make_generation("failed", source_url=BLUE, **lost, **I2V)
    service.add_foreign(prompt="it moves", model=I2V["model"])
    service.fail("create", "reset before")
    row = ask("it moves", source_url=RED, **I2V)
    workers.until_ended()

    row.refresh_from_db()
    assert (row.status, row.remote_id) == ("unconfirmed", None)


@pytest.mark.parametrize("blank", [" ", "\n", "\u0085", "\x1c"])
def test_a_blank_where_the_words_are_cut_hides_no_task(
    blank: str, service: Emulator, ask: Ask, workers: Workers
) -> None:
    service.fail("create", "reset after")
    row = ask("x" * 799 + blank + "the rest, which is not sent")
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"


@pytest.mark.usefixtures("give_up_soon")
def test_a_task_of_another_alias_on_the_same_account_is_not_adopted(
    service: Emulator, ask: Ask, workers: Workers, settings: Any
) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, "other": settings.PROVIDERS["dashscope"]}
    owned = ask("a paper boat", provider="other")
    workers.until(lambda: Generation.objects.get(pk=owned.pk).remote_id is not None)
    service.fail("create", "reset before")
    row = ask("a paper boat")
    workers.until_ended()

    row.refresh_from_db()
    assert Generation.objects.get(pk=owned.pk).status == "succeeded"
    assert (row.status, row.remote_id) == ("unconfirmed", None)


@pytest.mark.usefixtures("give_up_soon")
def test_a_task_that_is_owned_already_is_not_adopted(
    service: Emulator, ask: Ask, workers: Workers
) -> None:
    owned = ask("a paper boat")
    workers.until_ended()
    service.fail("create", "reset before")
    row = ask("a paper boat")
    workers.until_ended()

    row.refresh_from_db()
    owned.refresh_from_db()
    assert owned.status == "succeeded"
    assert row.remote_id is None


def test_while_the_list_does_not_answer_it_is_asked_again(
    service: Emulator, ask: Ask, workers: Workers
) -> None:
    service.fail("create", "reset after")
    service.fail("list", "500", times=3)
    row = ask()
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"


def test_a_list_that_lags_is_waited_for(service: Emulator, ask: Ask, workers: Workers) -> None:
    service.settings.list_lag = 2
    service.fail("create", "reset after")
    row = ask()
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"


def test_doubt_without_a_list_waits_for_a_person(service: Emulator, ask: Ask) -> None:
    from generations.providers import providers

    providers["dashscope"].can_list_tasks = False
    service.fail("create", "reset after")
    row = lose_the_answer(ask())

    assert row.due_at is None
    assert timezone.now() - row.submitted_at < timedelta(minutes=1)


def test_a_listed_task_that_cannot_be_asked_hides_no_other(
    service: Emulator, ask: Ask, workers: Workers
) -> None:
    stranger = service.add_foreign(prompt="somebody else's")
    service.fail("poll", "500", task=stranger, times=None)
    service.fail("create", "reset after")
    row = ask()
    workers.until(lambda: Generation.objects.get(pk=row.pk).status == "succeeded")

    assert len(service.creates) == 1
