"""Who else may say who somebody is, from the environment: OpenID Connect, Feishu, DingTalk."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from wanstudio.env import env_secret, env_str
from wanstudio.listening import LOCAL_NAMES

OIDC = "oidc"  # part of URLs and of rows
# The provider in the accounts library, its name here, and the variables of its ID and secret.
OTHERS = {
    "feishu": ("Feishu", "WANSTUDIO_FEISHU_APP_ID", "WANSTUDIO_FEISHU_APP_SECRET"),
    "dingtalk": ("DingTalk", "WANSTUDIO_DINGTALK_CLIENT_ID", "WANSTUDIO_DINGTALK_CLIENT_SECRET"),
}


def single_sign_on() -> tuple[dict[str, str], dict[str, Any]]:
    """What is configured: the name of each provider for people, and allauth's settings of all.

    Raises ImproperlyConfigured for an issuer without TLS, or where half of the variables are set.
    """
    names: dict[str, str] = {}
    settings: dict[str, Any] = {}
    if issuer := issuer_from_env():
        names[OIDC] = env_str("WANSTUDIO_OIDC_NAME", urlsplit(issuer).hostname or "")
        app = client("WANSTUDIO_OIDC_CLIENT_ID", "WANSTUDIO_OIDC_CLIENT_SECRET")
        server = {"provider_id": OIDC, "name": names[OIDC], "settings": {"server_url": issuer}}
        scope = env_str("WANSTUDIO_OIDC_SCOPE", "openid profile email").split()
        settings["openid_connect"] = {
            "APPS": [app | server], "OAUTH_PKCE_ENABLED": True, "SCOPE": scope,
        }  # fmt: skip
    for provider, (name, client_id, secret) in OTHERS.items():
        if env_str(client_id):
            names[provider] = name
            settings[provider] = {"APPS": [client(client_id, secret)]}
    return names, settings


def issuer_from_env() -> str:
    issuer = env_str("WANSTUDIO_OIDC_ISSUER").rstrip("/")
    parts = urlsplit(issuer)
    if issuer and parts.scheme != "https" and parts.hostname not in LOCAL_NAMES:
        raise ImproperlyConfigured(
            "WANSTUDIO_OIDC_ISSUER must begin with https://: what it says is believed."
        )
    if not issuer and env_str("WANSTUDIO_OIDC_CLIENT_ID"):
        raise ImproperlyConfigured("WANSTUDIO_OIDC_CLIENT_ID needs WANSTUDIO_OIDC_ISSUER.")
    return issuer


def client(client_id: str, secret: str) -> dict[str, str]:
    found = {"client_id": env_str(client_id), "secret": env_secret(secret)}
    if not all(found.values()):
        raise ImproperlyConfigured(f"Single sign-on needs both {client_id} and {secret}.")
    return found
