"""Keeps what was typed if the session has ended or the page was too old.

It is kept in a cookie of the browser. With a session, a form of another site could replace the real
session, and strangers could fill the database.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ..forms.fields import without_surrogates
from ..text import MAX_ADDRESS

SALT = "typed"
FIELDS = (
    "id", "model", "prompt", "negative_prompt", "size", "resolution", "seed", "image_url",
    "takes", "origin",
)  # fmt: skip
TOGGLES = ("prompt_extend", "watermark", "several")
MAX_AGE = 3600  # seconds
# Characters stored per field: more than the form accepts, so that it can report the excess.
MAX_LENGTHS = {"prompt": 20_000, "negative_prompt": 20_000, "image_url": 2048}
MAX_LENGTH = 100  # of the other fields
MAX_COOKIE = 3500  # bytes: browsers accept 4096 with the name
SHORTER = (20_000, 2000, 1000, 500, 250)  # characters per field, tried until it fits


def is_create_post(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == reverse("generations:new")


def is_long_create_link(request: HttpRequest) -> bool:
    """Whether a link fills the form with more than the URL of the sign-in page could hold."""
    is_link = request.method == "GET" and request.path == reverse("generations:new")
    return is_link and len(request.get_full_path()) > MAX_ADDRESS


def initial_from_query(request: HttpRequest) -> dict[str, Any]:
    """The values in `/?prompt=…&model=…`, as initial values of the form."""
    return {name: value for name in ("model", "prompt") if (value := request.GET.get(name))}


def initial_from_post(request: HttpRequest) -> dict[str, Any]:
    """The posted values, as initial values of the form. Without images."""
    data = without_surrogates(request.POST)
    texts = {
        name: data[name][: MAX_LENGTHS.get(name, MAX_LENGTH)] for name in FIELDS if name in data
    }
    return texts | {name: name in data for name in TOGGLES}


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether it was sent by a page of the studio, or by a link that is not on another site.

    Browsers say so: over HTTPS by Sec-Fetch-Site, else by Origin or Referer.
    """
    is_link = request.method in ("GET", "HEAD")
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin" or (site == "none" and is_link)
    told = request.headers.get("Origin") or request.headers.get("Referer")
    if not told:
        return is_link
    return told in settings.CSRF_TRUSTED_ORIGINS or host_of(told) == request.get_host()


def host_of(url: str) -> str:
    """Host and port; empty for nonsense, which anybody can send."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def save_form(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what a form of ours says that was posted, or a long link, for an hour."""
    if not is_from_own_page(request):
        return
    if is_create_post(request):
        typed = initial_from_post(request)
    elif is_long_create_link(request):
        typed = initial_from_query(request)
    else:
        return
    response.set_cookie(
        settings.TYPED_COOKIE_NAME,
        packed(typed),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class UTF8Serializer:
    """A Chinese character takes three bytes; in Django's JSON it takes six."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


def packed(typed: dict[str, Any]) -> str:
    """Signed and compressed. Texts that are too long for a cookie are cut."""
    for length in SHORTER:
        short = {
            name: value[:length] if isinstance(value, str) else value
            for name, value in typed.items()
        }
        text = signing.dumps(short, salt=SALT, serializer=UTF8Serializer, compress=True)
        if len(text) <= MAX_COOKIE:
            break
    return text


def saved_form(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed before signing in, or None. `forget_form` deletes it."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(settings.TYPED_COOKIE_NAME, ""),
            salt=SALT,
            serializer=UTF8Serializer,
            max_age=MAX_AGE,
        )
    except signing.BadSignature:
        return None
    return kept


def forget_form(request: HttpRequest, response: HttpResponse) -> None:
    if settings.TYPED_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(settings.TYPED_COOKIE_NAME, samesite="Lax")
