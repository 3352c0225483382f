"""Staff who must have a second factor, and who is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def demanded(settings: Any) -> None:
    settings.WANSTUDIO_STAFF_MFA = True


@pytest.mark.parametrize("path", ["/admin/", "/admin/auth/user/", "/", "/gallery/"])
def test_staff_without_one_are_led_to_where_it_is_set_up(
    client: Client, operator: User, demanded: None, path: str
) -> None:
    client.force_login(operator)
    assert client.get(path)["Location"] == "/accounts/second-factor/"
    page = client.get("/accounts/second-factor/").content.decode()
    assert "Staff need a second factor here" in page
    assert client.get("/livez").status_code == 200
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"]


def test_with_one_they_go_on(client: Client, operator: User, demanded: None) -> None:
    Authenticator.objects.create(user=operator, type=Authenticator.Type.TOTP, data={})
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200


def test_other_people_need_none(client: Client, owner: User, demanded: None) -> None:
    client.force_login(owner)
    assert client.get("/").status_code == 200


def test_nobody_needs_one_unless_it_is_set(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200
