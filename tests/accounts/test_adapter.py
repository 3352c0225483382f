"""Whether people make accounts themselves, and where a sign-in leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests.accounts.signing_in import NEWCOMER, SIGN_UP

pytestmark = pytest.mark.django_db


def test_closed_is_the_default_and_the_page_does_not_exist(client: Any, owner: Any) -> None:
    assert client.get(SIGN_UP).status_code == 404
    assert client.post(SIGN_UP, NEWCOMER).status_code == 404
    assert SIGN_UP not in client.get("/accounts/login/").content.decode()
    assert User.objects.count() == 1


def test_open_makes_an_account_without_any_right_and_signs_in(
    client: Any, owner: Any, settings: Any
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    assert SIGN_UP in client.get("/accounts/login/").content.decode()
    data = NEWCOMER | {"is_staff": "on", "is_superuser": "on"}
    assert client.post(SIGN_UP, data)["Location"] == "/"
    user = User.objects.get(username="newcomer")
    assert not (user.is_staff or user.is_superuser or user.get_all_permissions())
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get(SIGN_UP)["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/gallery/?q=x", "/gallery/?q=x"),
        ("http://testserver/gallery/", "http://testserver/gallery/"),
        ("http://localhost/", "/"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_to_no_other_site(client: Any, owner: Any, wanted: str, page: str) -> None:
    data = {"username": "owner", "password": "password", "next": wanted}
    assert client.post(reverse("login"), data)["Location"] == page
