"""A second factor: set up, asked for, lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.conftest import person
from tests.totp import totp

pytestmark = pytest.mark.django_db
KEY = re.compile(r'<code class="key">(\w+)</code>')
RECOVERY = re.compile(r"<li><code>(\d+)</code></li>")
APP = "/accounts/second-factor/app/"
CODE = "/accounts/second-factor/code/"


def confirm(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": "password"})


def set_up(client: Client, user: User) -> tuple[str, list[str]]:
    """The key of an app, and the recovery codes; signed out again."""
    client.force_login(user)
    confirm(client)
    found = KEY.search(client.get(APP).content.decode())
    assert found
    page = client.post(APP, {"code": totp(found[1])}, follow=True).content.decode()
    client.logout()
    return found[1], RECOVERY.findall(page)


def sign_in(client: Client, name: str = "owner") -> Any:
    return client.post("/accounts/login/", {"username": name, "password": "password"})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_password_alone_opens_nothing_any_more(client: Client, owner: User) -> None:
    key, _ = set_up(client, owner)
    assert sign_in(client)["Location"] == CODE
    assert not is_signed_in(client)
    assert client.get("/")["Location"].startswith("/accounts/login/")
    assert client.post(CODE, {"code": totp(key, 40)}).status_code == 200
    assert not is_signed_in(client)
    assert client.post(CODE, {"code": totp(key)}).status_code == 302
    assert is_signed_in(client)


def test_a_code_works_once(client: Client, owner: User) -> None:
    key, codes = set_up(client, owner)
    assert len(codes) == 10
    for code, opens in ((codes[0], True), (codes[0], False), (totp(key), True), (totp(key), False)):
        sign_in(client)
        client.post(CODE, {"code": code})
        assert is_signed_in(client) == opens
        client.post("/accounts/logout/")


def test_guessing_codes_is_locked(client: Client, owner: User) -> None:
    key, _ = set_up(client, owner)
    sign_in(client)
    for _ in range(8):
        client.post(CODE, {"code": totp(key, 40)})
    assert "Too many attempts" in client.post(CODE, {"code": totp(key)}).content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", [APP, "/accounts/second-factor/passkey/"])
def test_an_open_session_alone_sets_nothing_up(client: Client, owner: User, path: str) -> None:
    client.force_login(owner)
    assert client.get(path)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert client.post(path, {"code": "123456"})["Location"].startswith("/accounts/reauthenticate/")


def test_who_gives_up_at_the_code_is_back_at_the_sign_in(client: Client, owner: User) -> None:
    set_up(client, owner)
    sign_in(client)
    assert client.get("/accounts/login/")["Location"] == CODE
    client.post("/accounts/logout/")
    assert client.get("/accounts/login/").status_code == 200


def test_the_app_is_removed_with_its_recovery_codes(client: Client, owner: User) -> None:
    set_up(client, owner)
    client.force_login(owner)
    confirm(client)
    client.post(f"{APP}remove/")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"response": {}}', "x" * 10_000])
def test_what_is_no_passkey_opens_nothing(client: Client, owner: User, credential: str) -> None:
    options = client.get("/accounts/login/passkey/", headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
    answer = client.post("/accounts/login/passkey/", {"credential": credential})
    assert answer["Location"] == "/accounts/login/"
    assert not is_signed_in(client)


# Staff


def remove_in_admin(client: Client, *people: User) -> None:
    chosen = {"action": "remove_second_factor", "_selected_action": [who.pk for who in people]}
    client.post("/admin/auth/user/", chosen)


def test_staff_help_who_has_lost_it_but_not_an_administrator(
    client: Client, owner: User, operator: User
) -> None:
    set_up(client, owner)
    set_up(client, operator)
    helper = person("helper", staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    client.force_login(helper)
    remove_in_admin(client, owner, operator)
    assert {one.user for one in Authenticator.objects.all()} == {operator}
    client.force_login(operator)
    remove_in_admin(client, operator)
    assert not Authenticator.objects.exists()


def test_no_page_of_the_administration_shows_keys(client: Client, operator: User) -> None:
    client.force_login(operator)
    index = client.get("/admin/").content.decode()
    for app in ("account", "mfa", "usersessions"):
        assert f"/admin/{app}/" not in index
