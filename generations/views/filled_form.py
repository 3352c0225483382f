"""The form as a link opens it: empty, or filled from a generation. It sends nothing."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _

from ..creation import uploads
from ..creation.catalog import image_choice
from ..creation.continuation import picture_of
from ..forms import GenerationForm
from ..media import InvalidImageError, InvalidVideoError
from ..models import Generation, OriginKind, Status
from ..providers.base import SEED_MAX
from ..sizes import LARGER, tier_of
from .actions import uuid_or_404
from .files import seconds_or_404
from .form_recovery import initial_from_query, saved_form
from .permissions import readable_or_404
from .request import HttpRequest

log = logging.getLogger(__name__)


def rewritten_prompt(row: Generation) -> str:
    """The prompt as the service rewrote it, if it reported that."""
    text = row.provider_data.get("actual_prompt")
    return text if isinstance(text, str) and text.strip() != row.prompt else ""


def larger(row: Generation) -> dict[str, Any]:
    if row.size not in LARGER:
        raise Http404
    return {"size": LARGER[row.size]}


def rewritten(row: Generation) -> dict[str, Any]:
    return {"seed": None, "prompt": rewritten_prompt(row) or row.prompt, "prompt_extend": False}


# Query parameters, and the values of the form that each one changes.
FILLS: dict[str, Callable[[Generation], dict[str, Any]]] = {
    "remix": lambda row: {"seed": None},
    "reseed": lambda row: {"seed": secrets.randbelow(SEED_MAX + 1)},
    "use": lambda row: {},
    "larger": larger,
    "rewritten": rewritten,
}


def initial_form(request: HttpRequest) -> GenerationForm:
    """An empty form; or filled from `?use=<id>` and similar parameters."""
    if typed := saved_form(request):
        return GenerationForm(user=request.user, initial=typed)
    if pk := request.GET.get("continue"):
        return continued_form(request, readable_or_404(request, uuid_or_404(pk)))
    for name, how in FILLS.items():
        if pk := request.GET.get(name):
            row = readable_or_404(request, uuid_or_404(pk))
            form = GenerationForm.from_row(row, request.user, **how(row))
            kind = OriginKind.LARGER if name == "larger" else OriginKind.REMIX
            form.initial["origin"] = f"{kind}:{row.pk}"
            return form
    return GenerationForm(user=request.user, initial=initial_from_query(request))


def continued_form(request: HttpRequest, row: Generation) -> GenerationForm:
    """Image-to-video from a frame of `row`: the last one, or the one shown at `at` seconds."""
    if row.status != Status.SUCCEEDED:
        raise Http404
    choice = image_choice(row.provider)
    if choice is None:
        messages.warning(request, _("No provider that is set up makes videos from pictures."))
        return GenerationForm(user=request.user)
    initial = {name: getattr(row, name) for name in ("prompt", "negative_prompt")}
    initial |= {"model": choice.value, "resolution": tier_of(row.size)}
    initial["origin"] = f"{OriginKind.CONTINUATION}:{row.pk}"
    try:
        picture = picture_of(row, seconds_or_404(request.GET.get("at", "")))
        initial["kept_image"] = uploads.keep(request.user, picture)
    except (OSError, InvalidVideoError, InvalidImageError) as error:
        log.warning("no frame of %s: %s", row.pk, error)
        messages.error(request, _("The frame cannot be read. Choose a picture yourself."))
    return GenerationForm(user=request.user, initial=initial)
