"""System checks: settings that cannot work, and what to set instead."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

from wanstudio.listening import LOCAL_NAMES, url_host
from wanstudio.provider_settings import variable

from .media import PARTS, can_write, is_own
from .models import search_index
from .operations.file_modes import is_open_to_others
from .providers.http.transport import proxy_for, proxy_problem


@register(Tags.caches)
def check_redis(**kwargs: Any) -> Iterator[CheckMessage]:
    mode = redis_mode(settings.REDIS_URL) if settings.REDIS_URL else ""
    if mode not in ("", "standalone"):
        yield Error(
            f"REDIS_URL leads to a Redis {mode}, which the queue cannot use.",
            hint="Set REDIS_URL to one Redis server of its own, or unset it: the queue is then in "
            "the database.",
            id="generations.E008",
        )


def redis_mode(url: str) -> str:
    """`standalone`, `cluster` or `sentinel`, as the server says; empty if it does not answer.

    A server that does not answer is not a wrong setting; health checks report it.
    """
    # A tenth of what a start takes and a process keeps: for those who have a Redis alone.
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=once) as server:
            return str(server.info("server").get("redis_mode", ""))
    except (RedisError, OSError, ValueError):
        return ""


@register(Tags.database)
def check_search(databases: Any = None, **kwargs: Any) -> Iterator[CheckMessage]:
    if not databases or not search_index.is_missing():
        return
    yield Warning(
        "The search has no index: with some 100,000 videos and more it becomes slow.",
        hint="Run manage.py refill_search. PostgreSQL needs the extension pg_trgm, which its "
        "administrator may have to create; SQLite needs FTS5.",
        id="generations.W013",
    )


@register()
def check_variables(**kwargs: Any) -> Iterator[CheckMessage]:
    for sentence in settings.WANSTUDIO_UNKNOWN_VARIABLES.values():
        yield Warning(
            sentence,
            hint="Correct it or unset it. A further account is named in WANSTUDIO_ALIASES first.",
            id="generations.W008",
        )
    for name, reason in settings.WANSTUDIO_RETIRED_VARIABLES.items():
        yield Warning(
            f"{name} does nothing any more: {reason}.",
            hint=f"Unset {name}: the next release refuses to start with it.",
            id="generations.W009",
        )


@register()
def check_prices(**kwargs: Any) -> Iterator[CheckMessage]:
    if settings.WANSTUDIO_DAILY_USD is None and settings.WANSTUDIO_SITE_DAILY_USD is None:
        return
    for alias in settings.PROVIDERS:
        if alias != "sandbox" and not settings.PRICES.get(alias):
            yield Error(
                f"A limit in USD is set, but nothing says what a video of {alias} costs.",
                hint=f"Set {variable(alias)}_PRICES, for example t2v:480P=0.10,t2v:1080P=0.50.",
                id="generations.E005",
            )


@register()
def check_services(**kwargs: Any) -> Iterator[CheckMessage]:
    if not settings.PROVIDERS:
        yield Warning(
            "No service has a key and the sandbox is off: nobody can make a video.",
            hint="Set DASHSCOPE_API_KEY, or WANSTUDIO_SANDBOX=on.",
            id="generations.W001",
        )
    for alias, provider in settings.PROVIDERS.items():
        address = urlsplit(provider.get("OPTIONS", {}).get("base_url", ""))
        if address.scheme == "http" and address.hostname not in LOCAL_NAMES:
            yield Warning(
                f"The key of {alias} travels unencrypted.",
                hint=f"Use https in {variable(alias)}_BASE_URL.",
                id="generations.W002",
            )


@register()
def check_proxies(**kwargs: Any) -> Iterator[CheckMessage]:
    for alias, provider in settings.PROVIDERS.items():
        options = provider.get("OPTIONS", {})
        proxy = proxy_for(options.get("base_url", ""), options.get("proxy", ""))
        if problem := proxy_problem(proxy):
            yield Error(
                f"{alias} cannot be reached: {problem}.",
                hint=f"Change {variable(alias)}_PROXY or HTTPS_PROXY.",
                id="generations.E009",
            )


@register(Tags.security)
def check_https(**kwargs: Any) -> Iterator[CheckMessage]:
    if settings.WANSTUDIO_BEYOND_LOOPBACK and not settings.HTTPS:
        yield Warning(
            "Other machines may ask for pages, and passwords travel unencrypted.",
            hint="Put a server with TLS in front and set WANSTUDIO_HTTPS=on.",
            id="generations.W003",
        )
    if settings.HTTPS and not settings.WANSTUDIO_PROXIES:
        yield Warning(
            "The server in front is not counted: to the lock of the sign-in all people have its "
            "address, and thirty wrong passwords of a stranger lock everybody out.",
            hint="Set WANSTUDIO_PROXIES to the number of proxies in front, mostly 1.",
            id="generations.W007",
        )


@register(Tags.security)
def check_signup(**kwargs: Any) -> Iterator[CheckMessage]:
    paid = set(settings.PROVIDERS) - {"sandbox"}
    limit = settings.WANSTUDIO_SITE_DAILY_USD
    if settings.WANSTUDIO_SIGNUP == "open" and paid and limit is None:
        yield Warning(
            "Anybody may make accounts, as many as they like, and spend your money without a "
            "limit: limits per person begin anew with each account.",
            hint="Set WANSTUDIO_SITE_DAILY_USD, which holds for all together.",
            id="generations.W006",
        )


@register(Tags.files)
def check_files(**kwargs: Any) -> Iterator[CheckMessage]:
    if settings.S3_BUCKET and settings.WANSTUDIO_SENDFILE:
        yield Warning(
            "WANSTUDIO_SENDFILE does nothing while videos are in a bucket.",
            hint="Unset WANSTUDIO_SENDFILE.",
            id="generations.W004",
        )
    if not can_write(Path(settings.MEDIA_ROOT)):
        yield Error(
            "Videos cannot be saved: MEDIA_ROOT is not a folder that this user may write to.",
            hint="Set MEDIA_ROOT to one, or change its owner. With a bucket, unfinished files lie "
            "there.",
            id="generations.E006",
        )
    parts = Path(settings.MEDIA_ROOT) / PARTS
    if settings.S3_BUCKET and parts.exists() and not is_own(parts):
        yield Error(
            f"Videos cannot be saved: {parts} is not a folder of this user's own.",
            hint="Change its owner, or set MEDIA_ROOT to another folder.",
            id="generations.E010",
        )


@register(Tags.security)
def check_modes(**kwargs: Any) -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    private = [Path(settings.MEDIA_ROOT), settings.WANSTUDIO_ENV_PATH]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        private.append(Path(str(database.get("NAME", ""))))
    for path in private:
        if path and path.name and is_open_to_others(path):
            yield Warning(
                f"Other accounts of this machine may read {path}.",
                hint=f"Run chmod o-rwx '{path}'. If nginx sends videos, its account is in the "
                "studio's group.",
                id="generations.W016",
            )


@register()
def check_collected(**kwargs: Any) -> Iterator[CheckMessage]:
    hashed = "Manifest" in str(settings.STORAGES["staticfiles"])
    if hashed and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Warning(
            "The static files were not collected: every page would be an error.",
            hint="Run manage.py collectstatic --noinput.",
            id="generations.W005",
        )


@register()
def check_mail(**kwargs: Any) -> Iterator[CheckMessage]:
    if not settings.WANSTUDIO_MAIL:
        return
    host = urlsplit(settings.WANSTUDIO_URL).hostname or ""
    if not validate_host(url_host(host), settings.ALLOWED_HOSTS):
        yield Warning(
            f"Links in mails lead to {settings.WANSTUDIO_URL}, which ALLOWED_HOSTS does not have.",
            hint="Set WANSTUDIO_URL to the address in people's browsers.",
            id="generations.W010",
        )
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if settings.EMAIL_HOST_PASSWORD and not encrypted and settings.EMAIL_HOST not in LOCAL_NAMES:
        yield Warning(
            "The password of the mail server travels unencrypted.",
            hint="Take ?tls=off out of EMAIL_URL, or user and password.",
            id="generations.W011",
        )
