"""The services in the environment: one alias each, with its options and prices."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from wanstudio.env import (
    decimal,
    env_choice,
    env_int,
    env_number,
    env_pairs,
    env_secret,
    env_str,
)
from wanstudio.hosts import env_host_suffixes
from wanstudio.service_urls import env_url

BACKENDS = {
    "dashscope": "generations.providers.dashscope.DashScope",
    "mulerouter": "generations.providers.mulerouter.MuleRouter",
    "vtrix": "generations.providers.vtrix.Vtrix",
    "relay": "generations.providers.relay.Relay",
}
BASE_URLS = {
    "dashscope": "https://dashscope-intl.aliyuncs.com",
    "mulerouter": "https://api.mulerouter.ai",
    "vtrix": "https://cloud.vtrix.ai",
}
# Seconds. A later time was written by a wrong clock, and counts as due.
MAX_POLL_INTERVAL = 600
PROXY = "must look like http://host:port, or http://user:password@host:port."
ALIAS = re.compile(r"[a-z][a-z0-9-]{0,29}")
PRICE = re.compile(r"(t2v|i2v):(480P|720P|1080P)")


def configured_aliases() -> dict[str, str]:
    """Alias -> protocol: the four built-in ones first, then `WANSTUDIO_ALIASES`."""
    aliases = {protocol: protocol for protocol in BACKENDS}
    for alias, protocol in env_pairs("WANSTUDIO_ALIASES").items():
        if not ALIAS.fullmatch(alias) or alias in aliases or alias == "sandbox":
            raise ImproperlyConfigured(
                f"WANSTUDIO_ALIASES: {alias!r} must be a new name of a-z, 0-9 and hyphens."
            )
        if protocol not in BACKENDS:
            known = ", ".join(BACKENDS)
            raise ImproperlyConfigured(f"WANSTUDIO_ALIASES: {alias} must be one of {known}.")
        aliases[alias] = protocol
    return aliases


def providers_from_env(max_video_bytes: int) -> dict[str, dict[str, Any]]:
    """`PROVIDERS` for every alias with a key, in the order in which people see them."""
    found = {}
    for alias, protocol in configured_aliases().items():
        # The integration guide of Model Studio calls the key ALI_MODEL_STUDIO_API_KEY.
        other = env_secret("ALI_MODEL_STUDIO_API_KEY") if alias == "dashscope" else ""
        if api_key := env_secret(f"{variable(alias)}_API_KEY", other):
            options = {"api_key": api_key, "max_video_bytes": max_video_bytes}
            options |= alias_options(alias, protocol)
            found[alias] = {"BACKEND": BACKENDS[protocol], "OPTIONS": options}
    return found


def alias_options(alias: str, protocol: str) -> dict[str, Any]:
    """The options of one alias; for options that are not set, the adapter has defaults."""
    name = variable(alias)
    options = {
        "base_url": base_url(alias, protocol),
        "poll_every": env_number(f"{name}_POLL_EVERY", None, least=0.05, most=MAX_POLL_INTERVAL),
        "query_rate": env_number(f"{name}_QUERY_RATE", None, least=0.01),
        "max_open": env_int(f"{name}_MAX_OPEN", None, least=1),
        "submit_every": env_number(f"{name}_SUBMIT_EVERY", None, most=MAX_POLL_INTERVAL),
        "result_hosts": env_host_suffixes(f"{name}_RESULT_HOSTS") or None,
        "proxy": env_url(f"{name}_PROXY", ("http", "https"), PROXY) or None,
    }
    if protocol in ("dashscope", "relay"):
        options["size_separator"] = env_choice(f"{name}_SIZE_SEPARATOR", ("*", "x"), "*")
    if protocol == "vtrix":
        options["body"] = env_choice(f"{name}_BODY", ("list", "plain"), "list")
    return {option: value for option, value in options.items() if value is not None}


def base_url(alias: str, protocol: str) -> str:
    name = f"{variable(alias)}_BASE_URL"
    url = env_str(name, BASE_URLS.get(protocol, "")).rstrip("/")
    if not url:
        raise ImproperlyConfigured(f"{variable(alias)}_API_KEY is set, but {name} is not.")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise ImproperlyConfigured(f"{name} must be the address of a service, like https://host.")
    return url


def prices_from_env() -> dict[str, dict[str, Decimal]]:
    """USD per video: alias -> {"t2v:480P": Decimal}."""
    prices = {}
    for alias in configured_aliases():
        name = f"{variable(alias)}_PRICES"
        prices[alias] = {key: price(name, key, value) for key, value in env_pairs(name).items()}
    return {alias: table for alias, table in prices.items() if table}


def price(name: str, key: str, value: str) -> Decimal:
    amount = decimal(f"{name} ({key})", value)
    if not PRICE.fullmatch(key) or amount < 0:
        raise ImproperlyConfigured(f"{name}: {key}={value} must look like t2v:480P=0.10.")
    return amount


def variable(alias: str) -> str:
    """The prefix of the variables of an alias: `dashscope-cn` has `DASHSCOPE_CN_API_KEY`."""
    return alias.upper().replace("-", "_")
