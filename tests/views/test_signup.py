"""Accounts that people make themselves, where the operator allows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db
PAGE = "/accounts/signup/"
NEW = {"username": "newcomer", "password1": "correct horse 7", "password2": "correct horse 7"}


def test_closed_is_the_default_and_the_page_does_not_exist(client: Any, owner: Any) -> None:
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, NEW).status_code == 404
    assert PAGE not in client.get("/accounts/login/").content.decode()
    assert User.objects.count() == 1


def test_open_makes_an_account_without_any_right_and_signs_in(
    client: Any, owner: Any, settings: Any
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    assert PAGE in client.get("/accounts/login/").content.decode()
    data = NEW | {"is_staff": "on", "is_superuser": "on"}
    assert client.post(PAGE, data)["Location"] == "/"
    user = User.objects.get(username="newcomer")
    assert not (user.is_staff or user.is_superuser or user.get_all_permissions())
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get(PAGE)["Location"] == "/"


@pytest.mark.parametrize(
    "changes",
    [{"username": "owner"}, {"password2": "another"}, {"password1": "12345", "password2": "12345"}],
    ids=["a name that is taken", "two passwords", "a weak one"],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Any, owner: Any, settings: Any, changes: dict[str, str]
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    page = client.post(PAGE, NEW | changes)
    assert page.status_code == 200
    assert 'class="error"' in page.content.decode()
    assert User.objects.count() == 1


def test_the_page_speaks_chinese(client: Any, owner: Any, settings: Any) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    page = client.get(PAGE, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "注册账户" in page


def test_open_accounts_and_an_open_purse_are_warned_of(settings: Any) -> None:
    settings.PROVIDERS = {"vtrix": {"BACKEND": "x", "OPTIONS": {"base_url": "https://v.example"}}}
    settings.PRICES = {"vtrix": {"t2v:480P": Decimal("0.10")}}
    settings.WANSTUDIO_SIGNUP = "open"
    # Who reached a limit per person makes another account.
    settings.WANSTUDIO_DAILY_VIDEOS, settings.WANSTUDIO_DAILY_USD = 5, Decimal(1)
    assert "generations.W006" in {message.id for message in run_checks()}
    settings.WANSTUDIO_SITE_DAILY_USD = Decimal(50)
    assert "generations.W006" not in {message.id for message in run_checks()}


def test_an_address_is_kept_and_is_no_name(client: Any, owner: Any, settings: Any) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    client.post(PAGE, NEW | {"email": "New@Example.com"})
    assert User.objects.get(username="newcomer").email == "new@example.com"
    client.logout()
    page = client.post(PAGE, NEW | {"username": "other@example.com"})
    assert "An address is no name" in page.content.decode()


def test_one_address_makes_twenty_accounts_an_hour_at_most(
    client: Any, owner: Any, settings: Any
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    for number in range(25):
        answer = client.post(PAGE, NEW | {"username": f"new{number}x"}, REMOTE_ADDR="192.0.2.7")
        client.logout()
    assert answer.status_code == 429
    assert User.objects.filter(username__startswith="new").count() == 20
    assert client.post(PAGE, NEW, REMOTE_ADDR="192.0.2.8").status_code == 302
