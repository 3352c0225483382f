"""What was typed is not lost because a session or a page was too old."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from ..forms.fields import showable

TYPED = "typed"  # its name in the session
NAMES = (
    "id", "model", "prompt", "negative_prompt", "size", "resolution", "seed", "image_url",
)  # fmt: skip
TOGGLES = ("prompt_extend", "watermark")
AN_HOUR = 3600
# Characters that are kept: more than the form takes, so that it can say so. And of the rest:
MOST = {"prompt": 20_000, "negative_prompt": 20_000, "image_url": 2048}
OF_OTHERS = 100


def is_an_ask(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == reverse("generations:new")


def posted(request: HttpRequest) -> dict[str, Any]:
    """What stood in the form, ready to fill it again. Pictures are not among it."""
    data = showable(request.POST) or {}
    texts = {name: data[name][: MOST.get(name, OF_OTHERS)] for name in NAMES if name in data}
    return texts | {name: name in data for name in TOGGLES}


def remember(request: HttpRequest) -> None:
    """Keep what a form that was sent without a session says, for an hour at most."""
    if is_an_ask(request):
        request.session[TYPED] = posted(request)
        request.session.set_expiry(AN_HOUR)


def recalled(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed before signing in; told once."""
    typed = request.session.pop(TYPED, None)
    if typed is not None:
        request.session.set_expiry(None)
    return typed
