"""Where one is signed in, and signing out everywhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from generations.accounts.sessions import describe
from generations.tasks.housekeeping import delete_sessions

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


def signed_in(name: str = "owner", agent: str = PHONE) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"username": name, "password": "password"})
    return client


def open_pages(*clients: Client) -> list[bool]:
    return [client.get("/accounts/").status_code == 200 for client in clients]


def test_the_account_page_lists_them(owner: User) -> None:
    signed_in()
    page = signed_in(agent="curl/8").get("/accounts/").content.decode()
    assert "Chrome, Android" in page
    assert "Another browser" in page
    assert page.count("from 127.0.0.1") == 2
    assert page.count("(this one)") == 1


def test_all_others_end_also_those_that_no_list_has(owner: User, stranger: User) -> None:
    here, there, unlisted, other = signed_in(), signed_in(), Client(), signed_in("stranger")
    unlisted.force_login(owner)  # as a session of the release before
    assert open_pages(here, there, unlisted, other) == [True] * 4
    answer = here.post("/accounts/sessions/", follow=True)
    assert "You are signed out everywhere else." in answer.content.decode()
    assert open_pages(here, there, unlisted, other) == [True, False, False, True]


def test_the_first_administrator_has_one_too() -> None:
    client = Client()
    new = {"username": "ada", "password1": "correct horse 7", "password2": "correct horse 7"}
    client.post("/setup/", new | {"email": "Ada@example.com"})
    assert "127.0.0.1" in client.get("/accounts/").content.decode()
    assert User.objects.get().email == "ada@example.com"


def test_housekeeping_forgets_those_that_have_ended(owner: User) -> None:
    signed_in()
    ended = signed_in()
    Session.objects.filter(pk=ended.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    delete_sessions()
    assert UserSession.objects.count() == Session.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/126 Safari/537 Edg/126",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel) Version/17 Safari/605", "Safari, macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0", "Firefox, Linux"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, said: str) -> None:
    assert describe(agent) == said
