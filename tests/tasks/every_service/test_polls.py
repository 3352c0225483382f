"""Every service is heard: what relays and their like say of a task, whichever says it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Generation, SubmitThrottle
from generations.staff import repair
from generations.wording import sentence
from tests.emulator import Emulator
from tests.factory import content_of
from tests.tasks.every_service.conftest import concerns, page, stored

pytestmark = pytest.mark.django_db

DONE = [
    "relay SUCCEEDED", "relay COMPLETED", "relay result_url", "relay upstream inside",
    "relay wrapped", "relay url as reason", "relay openai", "relay path", "relay url with key",
    "unheard word and url", "no word and url", "byte order mark", "early hints",
]  # fmt: skip
ENDED = ["relay FAILED", "relay CANCELLED", "relay cancelled", "relay wrapped failure"]
UNKNOWN = ["unknown", "task_not_exist", "404 html"]


def aged(row: Generation, **age: float) -> None:
    """As if it had been sent, and asked for the first time, so long ago."""
    row.refresh_from_db()
    now = timezone.now() - timedelta(**age)
    facts = row.provider_data
    if "unknown_since" in facts:
        facts = {**facts, "unknown_since": now.isoformat()}
    Generation.objects.filter(pk=row.pk).update(submitted_at=now, provider_data=facts)


# Finished


@pytest.mark.parametrize("shape", DONE)
def test_a_finished_task_comes_home_in_whatever_words_it_is_told(
    shape: str, sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", shape, times=None)
    row = stored(look(sent))

    assert (row.status, row.billed) == ("succeeded", "yes")
    assert content_of(row.video.name) == emulator.content(list(emulator.tasks)[0])
    assert "Ready" in page(client, row)
    assert concerns() == ({"words"} if "unheard" in shape else set())
    assert len(emulator.creates) == 1


def test_the_key_goes_to_the_origin_that_asks_for_it_and_not_on_to_the_storage(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "relay url with key", times=None)
    assert stored(look(sent)).status == "succeeded"

    first, second = emulator.asked("content")
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Bearer sk-emulator"
    [download] = emulator.asked("download")
    assert "authorization" not in download.headers


def test_a_finished_task_without_an_address_is_asked_for_it_for_24_hours(
    sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", "without url", times=None)
    row = look(sent)
    for _ in range(20):
        row = stored(row)

    assert (row.status, row.error_code, row.billed) == ("storing", "save", "yes")
    shown = page(client, row)
    assert "The video is finished but could not be saved yet. We keep trying until" in shown
    assert "try again" not in shown.lower()
    assert concerns() == {"storing"}
    emulator.faults.clear()
    assert repair.save_again(row, by=row.owner, note="the address is there")
    assert stored(row).status == "succeeded"
    assert len(emulator.creates) == 1


def test_finished_without_a_video_that_was_refused_ends_with_the_reason(
    sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", "done but refused", times=None)
    row = look(sent)

    assert (row.status, row.error_code) == ("failed", "content")
    assert "Output is inappropriate." in row.error_detail
    assert sentence("content").split("'")[0] in page(client, row)


# Ended


@pytest.mark.parametrize("shape", ENDED)
def test_a_certain_end_ends_at_once_with_the_services_reason(
    shape: str, sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", shape)
    row = look(sent)

    assert (row.status, row.error_code) == ("failed", "provider")
    assert row.error_detail == "upstream refused"
    assert sentence("provider") in page(client, row)
    assert len(emulator.asked("poll")) == len(emulator.creates) == 1


def test_an_end_that_is_told_while_the_file_is_fetched_is_an_end(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    row = look(sent)
    emulator.fail("poll", "relay FAILED")
    row = stored(row)

    assert (row.status, row.error_detail) == ("failed", "upstream refused")


# Unknown


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("answer", UNKNOWN)
def test_what_is_unknown_for_a_while_is_asked_for_later_and_later(
    answer: str, sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", answer, times=None)
    pauses = []
    for _ in range(12):
        row = look(sent)
        assert row.status == "running"
        pauses.append((row.due_at - timezone.now()).total_seconds())

    assert pauses == sorted(pauses)
    assert pauses[0] < 10 and pauses[-1] == 600
    shown = page(client, row)
    assert "The provider does not know this task at the moment. We keep asking." in shown
    assert "try again" not in shown.lower()
    assert concerns() == set()
    emulator.faults.clear()
    assert stored(look(row)).status == "succeeded"
    assert len(emulator.creates) == 1


def test_an_hour_of_the_services_own_word_ends_it(
    sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", "task_not_exist", times=None)
    for _ in range(6):
        look(sent)
    aged(sent, minutes=59)
    assert look(sent).status == "running"
    aged(sent, minutes=61)
    row = look(sent)

    assert (row.status, row.error_code) == ("failed", "expired")
    assert "The provider no longer has this video." in page(client, row)
    assert concerns() == {"lost"}


def test_an_hour_needs_more_than_two_answers(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "task_not_exist", times=None)
    look(sent)
    aged(sent, hours=2)

    assert look(sent).status == "running"


def test_the_page_of_a_gateway_ends_it_with_its_24_hours_alone(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "404 html", times=None)
    for _ in range(6):
        look(sent)
    aged(sent, hours=23)
    assert look(sent).status == "running"
    aged(sent, hours=24)
    assert look(sent).error_code == "expired"


def test_what_another_address_says_does_not_begin_the_hour(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    Generation.objects.update(endpoint="https://other-region.example")
    emulator.fail("poll", "task_not_exist", times=None)
    for _ in range(6):
        look(sent)
    aged(sent, hours=2)

    assert look(sent).status == "running"


def test_known_again_and_unknown_again_begins_a_new_hour(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "task_not_exist", times=6)
    for _ in range(6):
        look(sent)
    aged(sent, hours=2)
    emulator.fail("poll", "running")
    assert "unknown_since" not in look(sent).provider_data
    emulator.fail("poll", "task_not_exist", times=None)
    for _ in range(6):
        row = look(sent)

    assert row.status == "running"


def test_who_is_at_work_after_24_hours_is_asked_on(
    sent: Generation, emulator: Emulator, look: Any, client: Any
) -> None:
    emulator.fail("poll", "running", times=None)
    aged(sent, hours=30)
    row = look(sent)
    assert row.status == "running"
    shown = page(client, row)
    assert (
        "The provider still says that it is making this. We keep checking while it does." in shown
    )
    assert concerns() == {"late"}

    emulator.faults.clear()
    emulator.fail("poll", "500")
    assert look(row).status == "running", "one bad answer is no end"
    row = look(row)
    assert (row.status, row.is_expired_remotely) == ("storing", False)
    emulator.fail("download", "503")
    row = stored(row)
    assert row.status == "storing", "its file has a day of its own"
    assert stored(row).status == "succeeded"


def test_an_hour_of_silence_after_24_hours_ends_it(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "500", times=None)
    aged(sent, hours=24, minutes=59)
    assert look(sent).status == "running"
    aged(sent, hours=25)
    assert look(sent).error_code == "expired"


@pytest.mark.parametrize("name", ["task_id", "id"])
def test_an_answer_about_another_task_is_not_taken_and_staff_can_read_it(
    name: str, sent: Generation, emulator: Emulator, look: Any
) -> None:
    body = f'{{"{name}": "theirs", "status": "SUCCESS", "result_url": "$url"}}'
    emulator.fail("poll", status=200, body=body)
    row = look(sent)

    assert row.status == "running"
    assert row.events.filter(kind="odd_answer", note="the answer was about another task").exists()


# Moved


def test_a_poll_that_is_sent_on_within_the_origin_is_followed_with_the_key(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "moved here")

    assert look(sent).status == "storing"
    assert all("authorization" in seen.headers for seen in emulator.asked("poll"))
    assert emulator.asked("poll")[1].path.startswith("/moved/")


def test_a_poll_that_is_sent_elsewhere_pauses_the_line_and_takes_no_key_along(
    sent: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("poll", "moved away")
    row = look(sent)

    assert row.status == "running"
    throttle = SubmitThrottle.objects.get(provider=row.provider, model=row.model)
    assert throttle.is_paused and "https://moved.example/v2" in throttle.pause_detail
    assert concerns() == {"paused"}
    assert stored(look(row)).status == "succeeded"
    assert len(emulator.creates) == 1
