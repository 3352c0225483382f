"""A form that the CSRF check refuses: each cause has a sentence that can help."""

from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Generation

STALE = "This page was open for too long"
ADDRESS = "an address that it does not know"
SETTING = "CSRF_TRUSTED_ORIGINS"
ELSEWHERE = {"origin": "https://studio.example:8443"}


@pytest.fixture
def checking(owner):
    """A browser that is signed in, and is asked for a token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    client.get("/")
    return client


def asked(client, path="/selection/", **headers):
    return client.post(path, {"prompt": "A fox", "id": str(uuid4())}, headers=headers)


def test_an_old_token_is_told_as_such(checking):
    answer = asked(checking)
    assert answer.status_code == 403
    assert STALE in answer.content.decode()


@pytest.mark.parametrize("path", ["/selection/", "/"])
def test_an_unknown_address_is_no_matter_of_time(checking, path):
    text = asked(checking, path, **ELSEWHERE).content.decode()
    assert ADDRESS in text
    assert STALE not in text
    assert "tell the administrator" in text
    assert SETTING not in text
    assert not Generation.objects.exists()


def test_staff_read_both_addresses_and_the_setting(checking, owner):
    owner.is_staff = True
    owner.save()
    text = asked(checking, **ELSEWHERE).content.decode()
    assert "https://studio.example:8443" in text
    assert "http://testserver" in text
    assert SETTING in text


@pytest.mark.django_db
def test_so_does_somebody_who_cannot_sign_in_for_that_reason(owner):
    client = Client(enforce_csrf_checks=True)
    text = client.post("/accounts/login/", {}, headers=ELSEWHERE).content.decode()
    assert ADDRESS in text
    assert SETTING in text


def test_a_browser_that_hides_the_page_is_told_what_to_allow(checking):
    text = asked(checking, origin="null").content.decode()
    assert "Origin and Referer" in text


def test_a_browser_without_cookies_is_told_to_allow_them(owner):
    text = asked(Client(enforce_csrf_checks=True), "/accounts/login/").content.decode()
    assert "sent no cookie" in text
    assert STALE not in text


@pytest.mark.parametrize("path", ["/accounts/login/"])
def test_signing_in_in_a_second_tab_leads_on(checking, path):
    answer = checking.post(path, {"username": "x", "password": "y", "next": "/gallery/"})
    assert (answer.status_code, answer["Location"]) == (302, "/gallery/")
    foreign = checking.post(path, {"next": "https://elsewhere.example/"})
    assert foreign["Location"] == "/"


def test_the_prompt_comes_back_whatever_the_cause(checking):
    for headers in ({}, ELSEWHERE, {"origin": "null"}):
        answer = asked(checking, "/", **headers)
        assert answer.context["form"]["prompt"].value() == "A fox"
