"""Keeps what was typed into the form when the session has ended or the page was too old."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from ..forms.fields import without_surrogates
from ..text import MAX_ADDRESS

SESSION_KEY = "typed"
FIELDS = (
    "id", "model", "prompt", "negative_prompt", "size", "resolution", "seed", "image_url",
    "takes", "origin",
)  # fmt: skip
TOGGLES = ("prompt_extend", "watermark", "several")
MAX_AGE = 3600  # seconds
# Characters that are kept of each field: more than the form takes, so that it can say so.
MAX_LENGTHS = {"prompt": 20_000, "negative_prompt": 20_000, "image_url": 2048}
MAX_LENGTH = 100  # of the other fields


def is_create_post(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == reverse("generations:new")


def is_long_create_link(request: HttpRequest) -> bool:
    """A link that fills the form with more than the address of the sign-in page could hold."""
    is_link = request.method == "GET" and request.path == reverse("generations:new")
    return is_link and len(request.get_full_path()) > MAX_ADDRESS


def initial_from_query(request: HttpRequest) -> dict[str, Any]:
    """What `/?prompt=…&model=…` asks for, as initial values of the form."""
    return {name: value for name in ("model", "prompt") if (value := request.GET.get(name))}


def initial_from_post(request: HttpRequest) -> dict[str, Any]:
    """What was posted, as initial values of the form. Images are not among it."""
    data = without_surrogates(request.POST)
    texts = {
        name: data[name][: MAX_LENGTHS.get(name, MAX_LENGTH)] for name in FIELDS if name in data
    }
    return texts | {name: name in data for name in TOGGLES}


def save_form(request: HttpRequest) -> None:
    """Keep what a form says that was posted, or a long link, without a session; for an hour."""
    if is_create_post(request):
        typed = initial_from_post(request)
    elif is_long_create_link(request):
        typed = initial_from_query(request)
    else:
        return
    request.session[SESSION_KEY] = typed
    request.session.set_expiry(MAX_AGE)


def pop_saved_form(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed before signing in, once; then None."""
    saved: dict[str, Any] | None = request.session.pop(SESSION_KEY, None)
    if saved is not None:
        request.session.set_expiry(None)
    return saved
