"""Where rows stand in line and how long it may take, asked once for all of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.providers import providers
from generations.views.presenters import cards_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(make_generation):
    """Five videos that took a minute each."""
    for number in range(5):
        end = timezone.now() - timedelta(minutes=number)
        times = {"submitted_at": end - timedelta(seconds=60), "finished_at": end}
        make_generation("succeeded", video="videos/a.mp4", **times)


def in_line(make_generation, count, **fields):
    now = timezone.now()
    return [
        make_generation(created=now + timedelta(seconds=number), **fields)
        for number in range(count)
    ]


def test_each_row_knows_its_own_place_in_its_own_line(make_generation, owner):
    rows = in_line(make_generation, 3)
    other = in_line(make_generation, 1, model="other")
    make_generation("running")
    cards = cards_of([*rows, *other], owner)
    assert [card.place.ahead for card in cards] == [0, 1, 2, 0]


def test_who_waits_is_told_how_long_by_what_is_ahead_and_at_the_service(
    make_generation, owner, history, monkeypatch
):
    monkeypatch.setattr(providers.get("sandbox"), "max_open", 1)
    make_generation("running")
    cards = cards_of(in_line(make_generation, 3), owner)
    told = [card.usual for card in cards]
    assert told == ["sent in about 1 min", "sent in about 2 min", "sent in about 3 min"]


def test_many_cards_ask_no_more_than_one(
    make_generation, owner, history, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("generations.models.claims.QUEUE_CACHE_SECONDS", 600)

    def looked_at(rows):
        return [(card.state, card.usual, card.seconds) for card in cards_of(rows, owner)]

    waiting = in_line(make_generation, 10)
    running = [make_generation("running") for _ in range(10)]
    with django_assert_num_queries(6):
        looked_at([waiting[0], running[0]])
    with django_assert_num_queries(5):  # the others in line are known
        looked_at(waiting + running)
