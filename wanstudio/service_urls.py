"""URLs of servers, which may contain a password: no message repeats any part of one."""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from wanstudio.env import FALSE, TRUE, env_secret

DATABASES = ("sqlite", "postgres", "postgresql", "pgsql")
# Parameters of EMAIL_URL -> whether TLS is used.
MAIL_QUERIES = {"": True} | {
    f"tls={word}": word in TRUE for words in (TRUE, FALSE) for word in words
}
ENCODE = (
    "In it, write # as %23; in a user name or password also / as %2F, ? as %3F, @ as %40, "
    ": as %3A, [ as %5B and ] as %5D."
)


def env_url(name: str, schemes: Collection[str], remedy: str) -> str:
    """The address in `name` or the file in `NAME_FILE`, with one of these schemes; or empty."""
    url = env_secret(name)
    if url:
        split_url(name, url, schemes, remedy)
    return url


def split_url(name: str, url: str, schemes: Collection[str], remedy: str) -> SplitResult:
    """The parts of `url`. Raises ImproperlyConfigured where a password would be torn apart."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ImproperlyConfigured(f"{name} {remedy}")
    with suppress(ValueError):  # its text may be a piece of the password
        parts = urlsplit(url)
        has_port = (parts.port or 0) >= 0  # raises ValueError if it is invalid
        is_whole = parts.scheme == "sqlite" or "@" not in parts.path + parts.query
        if has_port and is_whole and "#" not in url:
            return parts
    raise ImproperlyConfigured(f"{name} cannot be read as an address. {ENCODE}")


def database_settings(url: str, base: Path, name: str = "DATABASE_URL") -> dict[str, Any]:
    """`DATABASES["default"]` for `url`; a SQLite file is looked for from `base` on."""
    split_url(
        name, url, DATABASES, "must begin with sqlite:// or postgres://: no other works here."
    )
    database: dict[str, Any] = {**dj_database_url.parse(url)}
    if database["ENGINE"] != "django.db.backends.sqlite3":
        if not (database["NAME"] or "service" in database.get("OPTIONS", {})):
            raise ImproperlyConfigured(f"{name} must name a database: postgres://user@host/name.")
    elif database["NAME"] != ":memory:":
        database["NAME"] = str(base / os.path.expanduser(database["NAME"]))
    return database


def redis_url(url: str) -> str:
    """`url` with limits, unless it names its own: a server that hangs must not hold a page.

    The worker waits a second for a task, so that the limit is longer.
    """
    given = urlsplit(url).query
    limits = "&".join(
        f"{name}=3" for name in ("socket_timeout", "socket_connect_timeout") if name not in given
    )
    return f"{url}{'&' if given else '?'}{limits}" if url and limits else url


def mail_settings(url: str) -> dict[str, Any]:
    """`smtp://user:password@host:587` upgrades to TLS, `smtps://` begins with it.

    `smtp://relay?tls=off` is for a relay that has no TLS; its port is 25 if none is named.
    """
    remedy = "must look like smtp://user:password@host:587, or smtp://relay:25?tls=off."
    parts = split_url("EMAIL_URL", url, ("smtp", "smtps"), remedy)
    encrypted = MAIL_QUERIES.get(parts.query.lower())
    if not parts.hostname or encrypted is None or (parts.scheme == "smtps" and not encrypted):
        raise ImproperlyConfigured(f"EMAIL_URL {remedy}")
    implied = 465 if parts.scheme == "smtps" else 587 if encrypted else 25
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or implied,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and encrypted,
        "EMAIL_TIMEOUT": 10,
    }
