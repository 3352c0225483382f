"""Nothing typed is lost, though the session ended or the page was too old."""

import random
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client

from generations.models import Generation

TYPED = {
    "prompt": "一只猫 & <b>snow</b>", "negative_prompt": "people", "seed": "4711",
    "size": "480x832", "watermark": "on",
}  # fmt: skip
PASSWORD = "a password for tests"
RANDOM = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9000)], k=6000))
OURS = {"Origin": "http://testserver"}


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
    asked = client.post("/", TYPED | {"id": pk}, headers=OURS)
    assert asked.status_code == 302
    assert "Your text is kept" in client.get(asked["Location"]).content.decode()
    back = sign_in(client, person, asked["Location"])
    assert back.redirect_chain[-1][0] == "/"
    assert fields(back) == TYPED | {"watermark": True, "prompt_extend": False, "id": pk}
    assert "一只猫 &amp; &lt;b&gt;snow" in back.content.decode()
    assert not Generation.objects.exists()


def kept(client):
    return client.cookies.get(settings.TYPED_COOKIE_NAME)


def test_it_is_told_once(client, person):
    asked = client.post("/", TYPED, headers=OURS)
    assert kept(client)["max-age"] == 3600
    sign_in(client, person, asked["Location"])
    assert not kept(client).value
    assert fields(client.get("/"))["prompt"] in ("", None)


def test_a_wrong_password_in_between_loses_nothing(client, person):
    asked = client.post("/", TYPED, headers=OURS)
    client.post(asked["Location"], {"username": person.username, "password": "wrong"})
    assert fields(sign_in(client, person, asked["Location"]))["prompt"] == TYPED["prompt"]


@pytest.mark.parametrize("prompt", ["x" * 100_000, "a\0b", RANDOM])
def test_nonsense_is_kept_in_bounds(client, person, prompt):
    asked = client.post("/", {"prompt": prompt, "negative_prompt": prompt}, headers=OURS)
    assert len(kept(client).value) <= 3500
    back = sign_in(client, person, asked["Location"])
    assert prompt.startswith(back.context["form"]["prompt"].value())


def test_of_fields_that_hold_few_characters_few_are_kept(client, person):
    sent = {"seed": "7" * 5000, "model": "m" * 5000, "image_url": "h" * 5000}
    client.post("/", sent, headers=OURS)
    saved = signing.loads(kept(client).value, salt="typed")
    lengths = {name: len(text) for name, text in saved.items() if text}
    assert lengths == {"seed": 100, "model": 100, "image_url": 2048}


def test_a_prompt_of_the_longest_kind_comes_back_whole(client, person):
    asked = client.post("/", {"prompt": RANDOM[:1000]}, headers=OURS)
    assert fields(sign_in(client, person, asked["Location"]))["prompt"] == RANDOM[:1000]


FOREIGN = (
    {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {},
    {"Referer": "https://elsewhere.example/testserver/"},
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none")),
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    *({name: "http://["} for name in ("Origin", "Referer")),  # no address at all
)  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/selection/"])
def test_a_form_of_another_site_leaves_nothing_in_the_browser_nor_here(person, headers, path):
    """Its cookies would take the place of those it was sent without."""
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path, TYPED, headers=headers)
    assert answer.status_code in (302, 403, 404)
    assert not answer.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("headers", [FOREIGN[0], FOREIGN[4], {"Referer": "https://e.example/"}])
def test_nor_does_a_long_link_that_another_site_shows(client, person, headers):
    answer = client.get("/", {"prompt": "雪" * 800}, headers=headers)
    assert (answer.status_code, dict(answer.cookies)) == (302, {})
    assert not Session.objects.exists()


def test_what_was_kept_is_signed(client, person):
    client.cookies[settings.TYPED_COOKIE_NAME] = signing.dumps({"prompt": "evil"}, salt="another")
    client.force_login(person)
    assert fields(client.get("/"))["prompt"] in ("", None)


def test_only_the_form_is_remembered(client, person):
    client.post("/selection/", TYPED, headers=OURS)
    assert not kept(client)


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
