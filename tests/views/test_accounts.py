"""Signing in, and guessing."""

import json
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import F
from django.urls import reverse

from tests.installation import PASSWORD, Installation

COOKIES = f"""
import json
from django.test import Client
ada = User.objects.get(username="ada")
row = make_generation("running", owner=ada)
client = Client(SERVER_NAME="studio.example.com")
page = client.get("/accounts/login/", secure=True)
client.post("/accounts/login/", {{"username": "ada", "password": {PASSWORD!r}}}, secure=True)
client.post("/i18n/setlang/", {{"language": "zh-hans"}}, secure=True)
client.post(f"/v/{{row.pk}}/cancel/", secure=True)  # too late: there is a message
cookies = {{name: dict(cookie) for name, cookie in client.cookies.items()}}
print(json.dumps([page["Strict-Transport-Security"], cookies]))
"""


def sign_in(client, password, address="192.0.2.1", username="owner"):
    return client.post(
        reverse("login"), {"username": username, "password": password}, REMOTE_ADDR=address
    )


def test_the_right_password_opens_the_studio(client, owner):
    response = sign_in(client, "password")
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_who_guesses_is_locked_out_and_the_real_person_elsewhere_is_not(client, owner):
    for _ in range(20):
        guessed = sign_in(client, "wrong")
    assert guessed.status_code == 429
    assert "15 minutes" in guessed.content.decode()
    assert sign_in(client, "password").status_code == 429
    assert sign_in(client, "password", address="192.0.2.2").status_code == 302


def test_who_has_many_addresses_of_one_network_is_one_guesser(client, owner):
    for number in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "wrong", address=f"2001:db8:1:2::{number}")
    assert sign_in(client, "password", address="2001:db8:1:2:a:b:c:d").status_code == 429
    assert sign_in(client, "password", address="2001:db8:1:3::1").status_code == 302


def minutes_pass(minutes):
    """As if the guesses so far had been made that much earlier."""
    earlier = F("attempt_time") - timedelta(minutes=minutes)
    AccessAttempt.objects.update(attempt_time=earlier)


def test_who_keeps_trying_while_locked_out_writes_nothing_more(client, owner):
    long = {"username": "owner", "password": "wrong", "more": "x" * 2000}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("login"), long)
    locked = list(AccessAttempt.objects.values())
    for _ in range(20):
        assert client.post(reverse("login"), long).status_code == 429
    assert list(AccessAttempt.objects.values()) == locked


def test_the_lock_ends_after_15_minutes_for_who_keeps_trying_too(client, owner):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "wrong")
    minutes_pass(10)
    assert sign_in(client, "password").status_code == 429
    minutes_pass(6)
    assert sign_in(client, "password").status_code == 302


def test_no_name_is_written_down_that_no_account_can_have(client, owner):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = sign_in(client, "wrong", username="n" * 500_000)
    assert response.status_code == 429
    assert AccessAttempt.objects.get().username == "n" * 150


def test_a_few_typing_errors_lock_nobody_out(client, owner):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in(client, "wrong").status_code == 200
    assert sign_in(client, "password").status_code == 302


def test_the_admins_door_is_guarded_like_the_front_door(client, operator):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = client.post(
            reverse("admin:login"), {"username": "operator", "password": "wrong"}
        )
    assert response.status_code == 429


def test_every_cookie_goes_over_tls_alone_and_to_no_script(tmp_path):
    https = {"WANSTUDIO_HTTPS": "on", "ALLOWED_HOSTS": "studio.example.com"}
    there = Installation(tmp_path, WANSTUDIO_INSTANCE="one", **https)
    there.migrate()
    there.person("ada")
    hsts, cookies = json.loads(there.run(COOKIES))
    assert hsts == "max-age=31536000"
    names = ("session", "csrf", "language")
    assert set(cookies) == {f"__Host-wanstudio_{name}_one" for name in names}
    for cookie in cookies.values():
        assert cookie["secure"] and cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")


def test_other_sessions_end_when_the_password_changes(client, owner):
    from django.test import Client

    elsewhere = Client()
    elsewhere.force_login(owner)
    client.force_login(owner)
    new = "a-long-new-word-1"
    response = client.post(
        reverse("password_change"),
        {"old_password": "password", "new_password1": new, "new_password2": new},
    )
    assert response.status_code == 302
    assert client.get(reverse("password_change")).status_code == 200
    assert elsewhere.get(reverse("password_change")).status_code == 302


@pytest.mark.parametrize("page", ["/nowhere/", "/accounts/login/", "/admin/login/", "/setup/"])
def test_pages_and_errors_alike_carry_the_policy(client, owner, page):
    response = client.get(page)
    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_error_of_ours_carries_the_policy_too(client, owner, monkeypatch):
    from django.contrib.auth.views import LoginView

    def breaks(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(LoginView, "get", breaks)
    client.raise_request_exception = False
    response = client.get(reverse("login"))
    assert response.status_code == 500
    assert "script-src 'self';" in response["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_empties_the_cache_of_the_browser(client, operator, path):
    client.force_login(operator)
    answer = client.post(path)
    assert (answer["Location"], answer["Clear-Site-Data"]) == ("/accounts/login/", '"cache"')
    assert client.get("/")["Location"].startswith("/accounts/login/")
