"""The URL of an image: passed on to the provider, never fetched here."""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from ..providers.http.url_policy import CLEAN_HOST, looks_public
from ..text import normalize

MAX_LENGTH = 2048
UNCLEAN = re.compile(r"[\x00-\x20\x7f\\\ufffd\ud800-\udfff]")  # including half a character


class InvalidImageURLError(ValueError):
    """The URL cannot be passed on. `str()` is a sentence for the person who typed it."""


class ImageURLField(forms.CharField):
    """The URL of an image that looks public; empty for none."""

    widget = forms.URLInput(attrs={"autocomplete": "off"})

    def clean(self, value: Any) -> str:
        text = normalize(super().clean(value))
        try:
            return public_url(text) if text else ""
        except InvalidImageURLError as error:
            raise forms.ValidationError(str(error), code="link") from error


def public_url(text: str) -> str:
    """`text` as a URL in ASCII.

    Raises `InvalidImageURLError` unless it looks public. No name is resolved.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidImageURLError(_("The address is longer than 2,048 characters."))
    parts, host = _split(text)
    if parts.scheme not in ("http", "https"):
        raise InvalidImageURLError(_("The address must begin with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise InvalidImageURLError(
            _("The address contains a user name or a password. Use one without them.")
        )
    if not looks_public(host):
        raise InvalidImageURLError(
            _("The provider cannot reach this address: it is not a public one.")
        )
    url = iri_to_uri(parts._replace(netloc=_netloc(parts, host)).geturl())
    if len(url) > MAX_LENGTH:
        raise InvalidImageURLError(_("The address is longer than 2,048 characters."))
    return url


def _split(text: str) -> tuple[SplitResult, str]:
    try:
        if UNCLEAN.search(text):
            raise ValueError("blank or control character")
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
        # As browsers do: full-width digits are converted before the host is checked.
        host = host if host.isascii() else host.encode("idna").decode()
        if host and not CLEAN_HOST.fullmatch(host.lower()):
            raise ValueError("a per-cent sign, or what no host has")
        if parts.port == 0 or (parts.scheme in ("http", "https") and not all(host.split("."))):
            raise ValueError("no host, or no such port")
    except ValueError as error:
        raise InvalidImageURLError(_("This is not a complete web address.")) from error
    return parts, host.lower()


def _netloc(parts: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{parts.port}" if parts.port else shown
