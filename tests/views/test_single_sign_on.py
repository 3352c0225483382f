"""Single sign-on as the studio handles it. Feishu and DingTalk are stand-ins on loopback.

A real OpenID Connect provider is in `tests/accounts/test_single_sign_on.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.dingtalk.views import DingTalkOAuth2Adapter
from allauth.socialaccount.providers.feishu.client import FeishuOAuth2Client
from allauth.socialaccount.providers.feishu.views import FeishuOAuth2Adapter
from django.contrib.auth.models import User
from django.test import Client

from tests.json_server import JSONServer

pytestmark = pytest.mark.django_db
SSO = "/accounts/single-sign-on/"
ANSWERS = {
    "/app": {"app_access_token": "a"},
    "/token": {"code": 0, "data": {"access_token": "t", "expires_in": 7200}},
    "/user": {"code": 0, "data": {"open_id": "ou_1", "name": "王小明"}},
    "/ding/token": {"accessToken": "t", "refreshToken": "r", "expireIn": 7200},
    "/ding/me": {"openId": "1", "nick": "李雷", "unionId": "u"},
}


def configured(settings: Any, **providers: dict[str, Any]) -> None:
    settings.WANSTUDIO_SINGLE_SIGN_ON = {name: name.title() for name in providers}
    settings.SOCIALACCOUNT_PROVIDERS = {
        app.pop("as", name): {"APPS": [app]} for name, app in providers.items()
    }


@pytest.fixture
def stand_in(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[JSONServer]:
    """Both services, which cannot be reached from tests."""
    app = {"client_id": "studio", "secret": "s"}
    configured(settings, feishu=dict(app), dingtalk=dict(app))
    with JSONServer(dict(ANSWERS)) as server:
        there = server.address
        monkeypatch.setattr(FeishuOAuth2Client, "app_access_token_url", f"{there}/app")
        monkeypatch.setattr(FeishuOAuth2Adapter, "access_token_url", f"{there}/token")
        monkeypatch.setattr(FeishuOAuth2Adapter, "user_info_url", f"{there}/user")
        monkeypatch.setattr(DingTalkOAuth2Adapter, "access_token_url", f"{there}/ding/token")
        monkeypatch.setattr(DingTalkOAuth2Adapter, "profile_url", f"{there}/ding/me")
        yield server


def leave(client: Client, provider: str, **fields: str) -> dict[str, str]:
    """Press the button; returns what the provider is asked."""
    page = client.post(f"{SSO}{provider}/", fields)
    url = page["Refresh"].removeprefix("0; url=")
    assert url.replace("&", "&amp;") in page.content.decode()  # without scripts, people press it
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize(
    ("provider", "code", "name"), [("feishu", "code", "王小明"), ("dingtalk", "authCode", "李雷")]
)
def test_people_of_feishu_and_dingtalk_come_in(
    client: Client, owner: User, stand_in: JSONServer, provider: str, code: str, name: str
) -> None:
    asked = leave(client, provider, next="/gallery/")
    back = f"{SSO}{provider}/callback/"
    assert urlsplit(asked["redirect_uri"]).path == back
    answer = client.get(back, {code: "c", "state": asked["state"]})
    assert answer["Location"] == "/gallery/"
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert user.username == name
    assert not (user.is_staff or user.has_usable_password())


def test_an_answer_that_makes_no_sense_is_a_page(
    client: Client, owner: User, stand_in: JSONServer
) -> None:
    for path, answer in (("/user", {"code": 99}), ("/user", []), ("/token", "x"), ("/app", None)):
        stand_in.answers = ANSWERS | {path: answer}
        state = leave(client, "feishu")["state"]
        page = client.get(f"{SSO}feishu/callback/", {"code": "c", "state": state})
        assert page.status_code in (401, 502)
        assert "did not work" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_gives_up_there_is_told_so(client: Client, owner: User, stand_in: JSONServer) -> None:
    state = leave(client, "feishu")["state"]
    query = {"error": "access_denied", "state": state}
    page = client.get(f"{SSO}feishu/callback/", query, follow=True)
    assert "You did not sign in" in page.content.decode()


def test_a_provider_that_is_away_is_a_page(client: Client, owner: User, settings: Any) -> None:
    server = {"server_url": "http://127.0.0.1:9"}
    app = {"as": "openid_connect", "provider_id": "oidc", "client_id": "x", "secret": "y"}
    configured(settings, oidc=app | {"settings": server})
    answer = client.post(f"{SSO}oidc/")
    assert answer.status_code in (401, 502)
    assert "did not work" in answer.content.decode()


def test_an_account_is_connected_by_who_knows_its_password(
    client: Client, owner: User, stand_in: JSONServer
) -> None:
    client.force_login(owner)
    connect = {"process": "connect"}
    asked = client.post(f"{SSO}feishu/", connect)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "password"})
    state = leave(client, "feishu", **connect)["state"]
    back = client.get(f"{SSO}feishu/callback/", {"code": "c", "state": state})
    assert back["Location"] == "/accounts/"
    account = SocialAccount.objects.get()
    assert account.user == owner
    assert "王小明" in client.get(SSO).content.decode()
    client.post(SSO, {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_the_only_way_in_is_not_given_up(client: Client, owner: User, stand_in: JSONServer) -> None:
    state = leave(client, "feishu")["state"]
    client.get(f"{SSO}feishu/callback/", {"code": "c", "state": state})
    client.post(SSO, {"account": SocialAccount.objects.get().pk})
    assert SocialAccount.objects.exists()


# With WANSTUDIO_OIDC_ONLY


@pytest.fixture
def only(settings: Any, stand_in: JSONServer) -> None:
    settings.WANSTUDIO_OIDC_ONLY, settings.WANSTUDIO_SIGNUP = True, "open"


def test_there_are_no_passwords_any_more(client: Client, owner: User, only: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert f'action="{SSO}feishu/"' in page
    assert "id_password" not in page
    data = {"username": "owner", "password": "password"}
    assert client.post("/accounts/login/", data).status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path", ["signup/", "password_reset/", "password_change/", "reset/1-x-y/", "login/passkey/"]
)
def test_nor_pages_for_them(client: Client, owner: User, only: None, path: str) -> None:
    for someone in (None, owner):
        if someone:
            client.force_login(someone)
        assert client.get(f"/accounts/{path}").status_code in (302, 404)
        assert client.post(f"/accounts/{path}", {}).status_code in (302, 404)


def test_who_comes_so_needs_no_second_factor_here(
    client: Client, stand_in: JSONServer, owner: User, settings: Any
) -> None:
    settings.WANSTUDIO_STAFF_MFA = True
    state = leave(client, "feishu")["state"]
    client.get(f"{SSO}feishu/callback/", {"code": "c", "state": state})
    User.objects.filter(username="王小明").update(is_staff=True)
    assert client.get("/admin/").status_code == 200


def test_a_confirmed_address_is_the_same_person(owner: User) -> None:
    from generations.accounts.single_sign_on import SocialAccountAdapter

    class Login:
        account = SocialAccount(provider="oidc", uid="1")

    adapter = SocialAccountAdapter()
    address = EmailAddress.objects.create(user=owner, email=owner.email)
    assert not adapter.can_authenticate_by_email(Login, owner.email)
    address.set_verified()
    assert adapter.can_authenticate_by_email(Login, owner.email)
    Login.account.provider = "feishu"
    assert not adapter.can_authenticate_by_email(Login, owner.email)
