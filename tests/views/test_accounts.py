"""Signing in, and the pages of an account."""

import json

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.urls import reverse

from tests.accounts.signing_in import sign_in
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


def test_the_right_password_opens_the_studio(client, owner):
    response = sign_in(client, "password")
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_the_administration_has_no_door_of_its_own(client, operator):
    data = {"username": "operator", "password": "password"}
    assert client.post("/admin/login/?next=/admin/auth/", data)["Location"] == (
        "/accounts/login/?next=%2Fadmin%2Fauth%2F"
    )
    assert "_auth_user_id" not in client.session
    client.force_login(operator)
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password_change/"
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_who_is_no_staff_is_told_so_and_not_sent_round(client, owner):
    client.force_login(owner)
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("name", ["owner", "OWNER", "owner@example.com", "Owner@Example.com"])
def test_people_sign_in_by_name_or_address(client, owner, name):
    assert sign_in(client, "password", username=name).status_code == 302
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_names_that_clash_since_earlier_releases_still_sign_in(client, owner):
    twin = User(username="OWNER", password=make_password("another"))
    User.objects.bulk_create([twin])
    for name, password, person in (("owner", "password", owner), ("OWNER", "another", twin)):
        assert sign_in(client, password, username=name).status_code == 302
        assert client.session["_auth_user_id"] == str(person.pk)
        client.logout()


def test_a_session_of_the_release_before_goes_on(client, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").status_code == 200


def test_signing_in_by_name_holds_for_processes_of_the_release_before(client, owner):
    sign_in(client, "password")
    backend = client.session["_auth_user_backend"]
    assert backend == "django.contrib.auth.backends.ModelBackend"


def test_who_left_is_told_that_the_account_is_closed(client, owner):
    User.objects.update(is_active=False)
    answer = client.post(
        reverse("login"), {"username": "owner", "password": "password"}, follow=True
    )
    assert "This account is closed" in answer.content.decode()
    assert "_auth_user_id" not in client.session


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
        {"oldpassword": "password", "password1": new, "password2": new},
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
    from allauth.account.views import LoginView

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


# Addresses


def confirm_password(client):
    return client.post(reverse("account_reauthenticate"), {"password": "password"})


def test_an_address_is_changed_by_who_knows_the_password(client, owner):
    client.force_login(owner)
    page = client.get("/accounts/email/")
    assert page["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
    confirm_password(client)
    client.post("/accounts/email/", {"email": "New@example.com", "action_add": "1"})
    owner.refresh_from_db()
    assert owner.email == "new@example.com"
    client.logout()
    assert sign_in(client, "password", username="new@example.com").status_code == 302
    client.logout()
    assert sign_in(client, "password", username="owner@example.com").status_code == 200


def test_an_address_is_removed(client, owner):
    client.force_login(owner)
    confirm_password(client)
    client.get("/accounts/email/")
    client.post("/accounts/email/", {"email": "owner@example.com", "action_remove": "1"})
    owner.refresh_from_db()
    assert owner.email == ""


def test_the_account_page_leads_to_all_of_it(client, owner):
    client.force_login(owner)
    page = client.get("/accounts/").content.decode()
    assert "owner@example.com" in page
    for path in ("/accounts/email/", "/accounts/password_change/"):
        assert f'href="{path}"' in page
    assert client.get("/accounts/password_change/").status_code == 200
