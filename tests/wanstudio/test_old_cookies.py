"""The upgrade to cookies of a studio's own signs nobody out."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

OLD_SESSION, OLD_CSRF = "wanstudio_session", "wanstudio_csrf"


@pytest.fixture
def browser(owner: Any) -> Client:
    """Signed in at the last release: the cookies have the names that all studios shared."""
    client = Client()
    client.force_login(owner)
    client.cookies[OLD_SESSION] = client.cookies.pop(settings.SESSION_COOKIE_NAME).value
    return client


def test_a_session_goes_on_under_its_new_name(browser: Client) -> None:
    session = browser.cookies[OLD_SESSION].value
    answer = browser.get("/activity/")
    assert answer.status_code == 200
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (session, True, "Lax")
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE
    assert browser.cookies[OLD_SESSION].value == session  # another studio may still read it
    assert settings.SESSION_COOKIE_NAME not in browser.get("/activity/").cookies


def test_a_form_that_was_open_during_the_upgrade_is_accepted(owner: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    browser.get("/")
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    browser.cookies[OLD_CSRF] = browser.cookies.pop(settings.CSRF_COOKIE_NAME).value
    answer = browser.post("/accounts/logout/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302


def test_the_chosen_language_stays(owner: Any) -> None:
    browser = Client()
    browser.cookies["wanstudio_language"] = "zh-hans"
    answer = browser.get("/accounts/login/")
    assert answer.headers["Content-Language"] == "zh-hans"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"


def test_who_signs_out_is_signed_out_under_both_names(browser: Client) -> None:
    browser.get("/activity/")
    browser.cookies[OLD_SESSION] = "of-a-process-that-is-not-upgraded"
    browser.post("/accounts/logout/")
    assert browser.cookies[OLD_SESSION].value == ""
    assert browser.get("/activity/").status_code == 302


def test_the_session_of_another_studio_is_left_alone(owner: Any) -> None:
    browser = Client()
    browser.cookies[OLD_SESSION] = "of-the-studio-at-the-next-port"
    for _ in range(2):
        assert browser.get("/activity/").status_code == 302
    assert browser.cookies[OLD_SESSION].value == "of-the-studio-at-the-next-port"
