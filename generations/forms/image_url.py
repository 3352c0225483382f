"""A picture's address as people give it: passed on to the service, never fetched by us."""

from __future__ import annotations

import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from ..providers.http.url_policy import is_public

MAX_LENGTH = 2048
UNCLEAN = re.compile(r"[\x00-\x20\x7f\\\ufffd\ud800-\udfff]")  # half a character is none
LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class InvalidImageURLError(ValueError):
    """The address cannot be passed on. `str()` is a sentence for the person who typed it."""


def public_link(text: str) -> str:
    """The address in ASCII.

    Raises `InvalidImageURLError` unless it looks public: no name is looked up.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidImageURLError(_("The address is longer than 2,048 characters."))
    parts, host = _split(text)
    if parts.scheme not in ("http", "https"):
        raise InvalidImageURLError(_("The address must begin with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise InvalidImageURLError(_("The address holds a name or a password. Use one without."))
    if not _looks_public(host):
        raise InvalidImageURLError(
            _("The provider cannot reach this address: it is not a public one.")
        )
    link = iri_to_uri(parts._replace(netloc=_netloc(parts, host)).geturl())
    if len(link) > MAX_LENGTH:
        raise InvalidImageURLError(_("The address is longer than 2,048 characters."))
    return link


def _split(text: str) -> tuple[SplitResult, str]:
    try:
        if UNCLEAN.search(text):
            raise ValueError("blank or control character")
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
        # What browsers do too: full-width digits become digits before anybody judges them.
        host = host if host.isascii() else host.encode("idna").decode()
        if parts.port == 0 or (parts.scheme in ("http", "https") and not all(host.split("."))):
            raise ValueError("no host, or no such port")
    except ValueError as error:
        raise InvalidImageURLError(_("This is not a complete web address.")) from error
    return parts, host.lower()


def _netloc(parts: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{parts.port}" if parts.port else shown


def _looks_public(host: str) -> bool:
    literal = _literal(host)
    if literal:
        return is_public(literal)
    return "." in host and not host.endswith(LOCAL_NAMES)


def _literal(host: str) -> str:
    """`host` as an address, also when written as one number, octal or in hexadecimal; else ""."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""
