"""What an open page is answered: what changed on its cards, or what ended elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Generation, Status


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def text_of(response: Any) -> str:
    return response.content.decode()


def asked_by(page: str) -> dict[str, str]:
    """What the script of this page asks: the ids and the count of what is on its way."""
    found = re.search(r'data-running="(\d+)"\s+(?:data-ids="([^"]*)")?', page)
    assert found
    return {"running": found[1], "open": found[2] or ""}


def end(row: Generation, status: Status = Status.FAILED) -> None:
    Generation.objects.filter(pk=row.pk).update(
        status=status, due_at=None, error_code="provider", finished_at=timezone.now()
    )


def test_each_answer_says_when_to_ask_again(
    reader: Client, make_generation: Any, still_clock: None
) -> None:
    row = make_generation("running", due_at=timezone.now() + timedelta(seconds=40))
    page = reader.get(f"/v/{row.pk}/")
    version = page.context["card"].version
    answers = [
        reader.get(f"/v/{row.pk}/status/?seen={version}"),
        reader.get(f"/v/{row.pk}/status/?seen=old"),
        reader.get(f"/live/?seen={row.pk}:{version}"),
        reader.get(f"/live/?seen={row.pk}:old"),
    ]
    assert [answer.status_code for answer in answers] == [204, 200, 204, 200]
    assert all(39 < float(answer["X-Poll-After"]) < 46 for answer in answers)
    told = re.findall(r'data-poll-after="([\d.]+)"', text_of(page) + text_of(reader.get("/")))
    assert len(told) == 2 and all(39 < float(seconds) < 46 for seconds in told)


def test_no_news_of_one_card_takes_three_queries(
    reader: Client, make_generation: Any, django_assert_num_queries: Any
) -> None:
    """The session, the person, and a few columns of the row."""
    row = make_generation("running")
    version = reader.get(f"/v/{row.pk}/").context["card"].version
    for path in (f"/v/{row.pk}/status/?seen={version}", f"/live/?seen={row.pk}:{version}"):
        with django_assert_num_queries(3) as asked:
            assert reader.get(path).status_code == 204
        assert "prompt" not in asked[2]["sql"].partition("FROM")[0].replace("prompt_extend", "")


def test_no_news_of_what_waits_takes_one_query_more_within_a_second(
    reader: Client,
    make_generation: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    """How many rows go first; the throttles and the places that are held are asked for once."""
    monkeypatch.setattr("generations.models.claims.QUEUE_CACHE_SECONDS", 600)
    row = make_generation("queued")
    version = reader.get(f"/v/{row.pk}/").context["card"].version
    assert reader.get(f"/live/?seen={row.pk}:{version}").status_code == 204
    for path in (f"/v/{row.pk}/status/?seen={version}", f"/live/?seen={row.pk}:{version}"):
        with django_assert_num_queries(4):
            assert reader.get(path).status_code == 204


def test_a_page_without_cards_hears_what_ended(
    reader: Client, make_generation: Any, django_assert_num_queries: Any
) -> None:
    row, other = make_generation("running", prompt="A red kite"), make_generation("queued")
    known = asked_by(text_of(reader.get("/gallery/")))
    with django_assert_num_queries(3):
        assert reader.get("/live/", known).status_code == 204
    end(row)

    answer = reader.get("/live/", known)

    assert answer.status_code == 200
    assert f'id="ended-{row.pk}"' in text_of(answer) and "A red kite" in text_of(answer)
    assert f"ended-{other.pk}" not in text_of(answer)
    assert 15 <= float(answer["X-Poll-After"]) < 17
    assert reader.get("/live/", asked_by(text_of(answer))).status_code == 204


def test_one_that_ends_while_another_begins_is_heard_all_the_same(
    reader: Client, make_generation: Any
) -> None:
    row = make_generation("running")
    known = asked_by(text_of(reader.get("/help/")))
    end(row)
    make_generation("queued")
    assert f"ended-{row.pk}" in text_of(reader.get("/live/", known))


def test_more_than_a_page_asks_about_are_counted(reader: Client, make_generation: Any) -> None:
    rows = [make_generation("queued") for _ in range(12)]
    known = asked_by(text_of(reader.get("/trash/")))
    assert (known["running"], known["open"].count(",")) == ("12", 9)
    assert reader.get("/live/", known).status_code == 204
    for row in rows:
        end(row)
    assert asked_by(text_of(reader.get("/live/", known))) == {"running": "0", "open": ""}


def test_what_ended_of_others_is_told_to_nobody_else(
    reader: Client, stranger: Any, make_generation: Any
) -> None:
    foreign = make_generation("succeeded", owner=stranger, shared=True)
    answer = reader.get("/live/", {"running": "1", "open": str(foreign.pk)})
    assert f"ended-{foreign.pk}" not in text_of(answer)
