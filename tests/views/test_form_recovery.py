"""Nothing typed is lost, though the session ended or the page was too old."""

from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Generation

TYPED = {
    "prompt": "一只猫 & <b>snow</b>", "negative_prompt": "people", "seed": "4711",
    "size": "480x832", "watermark": "on",
}  # fmt: skip
PASSWORD = "a password for tests"


@pytest.fixture
def person(owner):
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def sign_in(client, person, to):
    return client.post(to, {"username": person.username, "password": PASSWORD}, follow=True)


def fields(response):
    form = response.context["form"]
    return {name: form[name].value() for name in (*TYPED, "prompt_extend", "id")}


def test_a_form_sent_without_a_session_is_filled_again_after_signing_in(client, person):
    pk = str(uuid4())
    asked = client.post("/", TYPED | {"id": pk})
    assert asked.status_code == 302
    back = sign_in(client, person, asked["Location"])
    assert back.redirect_chain[-1][0] == "/"
    assert fields(back) == TYPED | {"watermark": True, "prompt_extend": False, "id": pk}
    assert "一只猫 &amp; &lt;b&gt;snow" in back.content.decode()
    assert not Generation.objects.exists()


def test_it_is_told_once_and_the_session_lives_as_long_as_any(client, person):
    asked = client.post("/", TYPED)
    assert client.session.get_expiry_age() == 3600
    sign_in(client, person, asked["Location"])
    assert client.session.get_expiry_age() > 3600
    assert fields(client.get("/"))["prompt"] in ("", None)


def test_a_wrong_password_in_between_loses_nothing(client, person):
    asked = client.post("/", TYPED)
    client.post(asked["Location"], {"username": person.username, "password": "wrong"})
    assert fields(sign_in(client, person, asked["Location"]))["prompt"] == TYPED["prompt"]


@pytest.mark.parametrize("prompt", ["x" * 100_000, "a\0b"])
def test_nonsense_is_kept_in_bounds(client, person, prompt):
    asked = client.post("/", {"prompt": prompt})
    assert len(client.session["typed"]["prompt"]) <= 20_000
    assert sign_in(client, person, asked["Location"]).status_code == 200


def test_of_fields_that_hold_few_characters_few_are_kept(client, person):
    client.post("/", {"seed": "7" * 5000, "model": "m" * 5000, "image_url": "h" * 5000})
    kept = {name: len(text) for name, text in client.session["typed"].items() if text}
    assert kept == {"seed": 100, "model": 100, "image_url": 2048}


def test_even_too_long_a_text_comes_back_whole(client, person):
    asked = client.post("/", {"prompt": "很" * 6000})
    assert fields(sign_in(client, person, asked["Location"]))["prompt"] == "很" * 6000


def test_only_the_form_is_remembered(client, person):
    client.post("/selection/", TYPED)
    assert "typed" not in client.session


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_page_with_an_old_token_gives_the_text_back_and_sends_nothing(person, headers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    answer = client.post("/", TYPED, headers=headers)
    assert answer.status_code == (200 if headers else 403)
    text = answer.content.decode()
    assert "一只猫 &amp; &lt;b&gt;snow" in text and "nothing was sent" in text
    assert "csrfmiddlewaretoken" in text
    assert not Generation.objects.exists()


def test_other_forms_with_an_old_token_are_refused(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post("/selection/", TYPED).status_code == 403


def test_a_link_with_a_long_prompt_survives_signing_in_by_short_addresses(client, person):
    prompt = "雪" * 800
    asked = client.get("/", {"prompt": prompt})
    assert len(asked["Location"]) < 200
    back = sign_in(client, person, asked["Location"])
    assert back.redirect_chain[-1][0] == "/"
    assert back.context["form"]["prompt"].value() == prompt


def test_a_link_with_a_short_prompt_stays_in_the_address(client, person):
    asked = client.get("/", {"prompt": "雪"})
    back = sign_in(client, person, asked["Location"])
    assert back.redirect_chain[-1][0] == "/?prompt=%E9%9B%AA"
    assert back.context["form"]["prompt"].value() == "雪"
