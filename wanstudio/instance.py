"""The name of this studio, among others on its host and its Redis."""

import os
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from wanstudio.env import env_str
from wanstudio.listening import LOCAL_NAMES

NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


def instance_name(database: Mapping[str, Any]) -> str:
    """`WANSTUDIO_INSTANCE`, else eight digits that follow from where the `DATABASES` entry leads.

    All machines of one studio agree on it, whatever user or password each has; two studios differ.
    """
    name = env_str("WANSTUDIO_INSTANCE")
    if not name:
        return sha256("\n".join(address_of(database)).encode()).hexdigest()[:8]
    if not NAME.fullmatch(name):
        raise ImproperlyConfigured(
            f"WANSTUDIO_INSTANCE must be 1 to 32 letters, digits, - or _, not {name!r}."
        )
    return name


def address_of(database: Mapping[str, Any]) -> tuple[str, ...]:
    """Host, port and name; one server has many names on its own machine. SQLite: the file."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return (os.path.realpath(database["NAME"]),)
    options = database.get("OPTIONS", {})
    host = str(options.get("host") or database.get("HOST") or "").lower()
    if not host or host in LOCAL_NAMES or host.startswith("/"):
        host = "localhost"
    port = options.get("port") or database.get("PORT") or 5432
    return host, str(port), str(database["NAME"] or options.get("service"))
