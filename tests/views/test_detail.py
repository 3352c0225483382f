"""The page of one generation."""

import re

import pytest
from django.utils import timezone

from generations.models import Status


def body(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("size", "width", "height", "shown"),
    [("832x480", 832, 480, False), ("832x480", 830, 480, True), ("720P", 1280, 720, True)],
)
def test_the_real_size_is_said_where_the_ask_does_not_say_it(
    reader, make_generation, size, width, height, shown
):
    row = make_generation("succeeded", size=size, width=width, height=height)
    assert (f"({width}×{height})" in body(reader.get(f"/v/{row.pk}/"))) == shown


# Watching


def test_the_fragment_is_the_part_of_the_page(reader, make_generation):
    row = make_generation("running", due_at=timezone.now())
    fragment = body(reader.get(f"/v/{row.pk}/status/")).partition('<span id="running"')[0]
    whole = body(reader.get(f"/v/{row.pk}/"))
    unclocked = [re.sub(r'data-elapsed="\d+">[\d:]+|value="[\w]{64}"', "", text) for text in
                 (fragment, whole)]  # fmt: skip
    assert unclocked[0].strip() in unclocked[1]


@pytest.mark.parametrize("status", list(Status))
def test_the_fragment_ends_the_polling_with_the_row(reader, make_generation, status):
    row = make_generation(status)
    response = reader.get(f"/v/{row.pk}/status/")
    assert response.status_code == (200 if row.is_open else 286)
    assert ("hx-trigger" in body(response)) == row.is_open


def test_the_last_fragment_brings_what_is_known_now_and_the_new_count(reader, make_generation):
    make_generation("running")
    row = make_generation("succeeded", provider_data={"actual_prompt": "A red fox in deep snow"})
    answer = reader.get(f"/v/{row.pk}/status/?seen=before")
    text = body(answer)
    assert '<aside class="panel" id="facts" hx-swap-oob="true">' in text
    assert "A red fox in deep snow" in text and "4.0" in text
    assert re.search(r'<span id="running" data-running="1"[^>]*hx-swap-oob="true">', text)
