"""Host names and origins from the environment. Values that match nothing are refused."""

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured

from wanstudio.env import env_list, env_str

NAME = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*"
IPV6 = r"\[[0-9a-f]*:[0-9a-f.:]+\]"
# The same comparison as `django.http.request.validate_host`.
HOST = re.compile(rf"\.?{NAME}|{IPV6}", re.IGNORECASE)
# A browser writes `Origin` in lower case and without the default port.
ORIGIN = re.compile(rf"https?://(?:(?:\*\.)?{NAME}|{IPV6})(?::(?!443$|80$)\d+)?")
URL = re.compile(rf"https?://(?:{NAME}|{IPV6})(?::\d+)?", re.IGNORECASE)
# Bucket names may contain an underscore.
SUFFIX = re.compile(rf"(?:\*?\.)?[\w-]+(?:\.[\w-]+)*\.?|{IPV6}", re.IGNORECASE | re.ASCII)


def env_hosts(name: str) -> list[str]:
    """Host names for `ALLOWED_HOSTS`: `studio.example.com`, `.example.com` or `[::1]`.

    Not `*`: whoever asks could put any name into links and answers.
    """
    return matching(name, HOST, host_of, "host names without https://, port, path or *")


def env_host_suffixes(name: str) -> list[str]:
    """Host names and suffixes: `cdn.example.com`, `.example.com`."""
    return matching(name, SUFFIX, host_of, "host names without https://, port or path")


def env_origins(name: str) -> list[str]:
    """Origins for `CSRF_TRUSTED_ORIGINS`: `https://studio.example.com`, `https://*.example.com`."""
    return matching(name, ORIGIN, origin_of, "addresses like https://studio.example.com, no path")


def env_studio_url(form: str, named: list[str], fallback: str) -> str:
    """Where people find the studio, without a slash at the end: `WANSTUDIO_URL`.

    Else `form` with the first host name of `ALLOWED_HOSTS`; `fallback` where no name stands there.
    """
    url = env_str("WANSTUDIO_URL").rstrip("/")
    if url and not URL.fullmatch(url):
        raise ImproperlyConfigured(
            "WANSTUDIO_URL must look like https://studio.example.com, without a path."
        )
    host = next((name for name in named if re.fullmatch(f"{NAME}|{IPV6}", name)), "")
    return url or (form.format(host=host) if host else fallback)


def matching(name: str, shape: re.Pattern[str], read: Callable[[str], str], what: str) -> list[str]:
    """The values of a list, each of which has this shape.

    Raises ImproperlyConfigured with the value to write instead, as far as `read` understands it.
    """
    values = env_list(name)
    if all(shape.fullmatch(value) for value in values):
        return values
    found = [read(word) for word in re.split(r"[\s,;]+", env_str(name))]
    better = ",".join(dict.fromkeys(value for value in found if shape.fullmatch(value)))
    instead = f"Write {name}={better}" if better else "See .env.example."
    raise ImproperlyConfigured(f"{name} takes {what}, with commas between them. {instead}")


def authority_of(text: str) -> str:
    """Host and port, without quotes, brackets of a list, scheme, user and path."""
    text = text.strip("'\"()")
    if not re.match(IPV6, text, re.IGNORECASE):
        text = text.strip("[]'\"")
    text = re.sub(r"^([a-z][a-z0-9+.-]*:)?//", "", text, flags=re.IGNORECASE)
    return re.split(r"[/?#]", text)[0].rpartition("@")[2]


def host_of(text: str) -> str:
    """The host that somebody means who writes a whole address, a port, quotes or brackets."""
    text = authority_of(text)
    literal = re.sub(r"\]:\d*$", "", text).strip("[]").lower()
    with suppress(ValueError):
        if ipaddress.ip_address(literal).version == 6:
            return f"[{literal}]"
    text = text.partition(":")[0].rstrip(".")
    text = text.removeprefix("*") if text.startswith("*.") else text
    try:
        return text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def origin_of(text: str) -> str:
    """`https://host`, or what was written of a scheme, a wildcard and a port of its own."""
    scheme = "http" if text.strip("[]'\"").lower().startswith("http://") else "https"
    host = host_of(text).lower()
    port = re.search(r"(?:\]|^[^:]*):(\d+)$", authority_of(text))
    own = f":{port[1]}" if port and port[1] not in ("80", "443") else ""
    return f"{scheme}://{'*' if host.startswith('.') else ''}{host}{own}" if host else ""
