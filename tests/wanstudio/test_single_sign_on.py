"""The variables of single sign-on: all of them, or a sentence that says what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from wanstudio.single_sign_on import single_sign_on

ISSUER = {"WANSTUDIO_OIDC_ISSUER": "https://id.example.com/team/"}
CLIENT = {"WANSTUDIO_OIDC_CLIENT_ID": "studio", "WANSTUDIO_OIDC_CLIENT_SECRET": "s"}


def read(
    monkeypatch: pytest.MonkeyPatch, **variables: str
) -> tuple[dict[str, str], dict[str, Any]]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return single_sign_on()


def test_without_any_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch) == ({}, {})


def test_an_issuer_is_called_by_its_host_or_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names, settings = read(monkeypatch, **ISSUER, **CLIENT)
    assert names == {"oidc": "id.example.com"}
    [app] = settings["openid_connect"]["APPS"]
    assert app["settings"] == {"server_url": "https://id.example.com/team"}
    names, _ = read(monkeypatch, WANSTUDIO_OIDC_NAME="Team ID")
    assert names == {"oidc": "Team ID"}


def test_the_services_of_china_have_variables_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names, settings = read(
        monkeypatch, WANSTUDIO_FEISHU_APP_ID="cli_1", WANSTUDIO_FEISHU_APP_SECRET="s",
        WANSTUDIO_DINGTALK_CLIENT_ID="ding1", WANSTUDIO_DINGTALK_CLIENT_SECRET="s",
    )  # fmt: skip
    assert names == {"feishu": "Feishu", "dingtalk": "DingTalk"}
    assert settings["feishu"]["APPS"] == [{"client_id": "cli_1", "secret": "s"}]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (ISSUER, "both WANSTUDIO_OIDC_CLIENT_ID and"),
        (CLIENT, "needs WANSTUDIO_OIDC_ISSUER"),
        (CLIENT | {"WANSTUDIO_OIDC_ISSUER": "http://id.example.com"}, "begin with https://"),
        (CLIENT | {"WANSTUDIO_OIDC_ISSUER": "id.example.com"}, "begin with https://"),
        ({"WANSTUDIO_FEISHU_APP_ID": "x"}, "both WANSTUDIO_FEISHU_APP_ID and"),
    ],
)
def test_half_of_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        read(monkeypatch, **variables)
