"""The form as a link opens it: empty, or filled from a generation. Filling never sends anything."""

from __future__ import annotations

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
from ..sizes import DEFAULT_TEXT_SIZE, IMAGE_SIZES, LARGER, SMALLER, tier_of
from .actions import uuid_or_404
from .files import seconds_or_404
from .form_recovery import initial_from_query, saved_form
from .permissions import readable_or_404
from .request import HttpRequest

CHEAPER = {"size": SMALLER[DEFAULT_TEXT_SIZE], "resolution": IMAGE_SIZES[0]}

log = logging.getLogger(__name__)


def remix(row: Generation) -> dict[str, Any]:
    return {"with_seed": False}


def larger(row: Generation) -> dict[str, Any]:
    if row.size not in LARGER:
        raise Http404
    return {"size": LARGER[row.size]}


# The query parameter -> what the form takes otherwise than the row has it.
FILLS: dict[str, Callable[[Generation], dict[str, Any]]] = {
    "remix": remix,
    "reseed": remix,
    "use": lambda row: {},
    "larger": larger,
    "rewritten": remix,
}


def initial_form(request: HttpRequest) -> GenerationForm:
    """An empty form; or filled from `?use=<id>` and its sisters."""
    if typed := saved_form(request):
        return GenerationForm(user=request.user, initial=typed)
    if pk := request.GET.get("continue"):
        return continued_form(request, readable_or_404(request, uuid_or_404(pk)))
    for name, how in FILLS.items():
        if pk := request.GET.get(name):
            row = readable_or_404(request, uuid_or_404(pk))
            form = GenerationForm.from_row(row, request.user, **how(row))
            form.initial.update(changed_values(name, row))
            kind = OriginKind.LARGER if name == "larger" else OriginKind.REMIX
            form.initial["origin"] = f"{kind}:{row.pk}"
            return form
    form = GenerationForm(user=request.user, initial=initial_from_query(request))
    offer_cheaper(form)
    return form


def offer_cheaper(form: GenerationForm) -> None:
    """Who has made nothing yet begins with the cheaper size, as the help says."""
    if not form.choice or Generation.objects.owned_by(form.user).exists():
        return
    for name, size in CHEAPER.items():
        if size in form.choice.model.sizes:
            form.initial[name] = size


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
        messages.error(request, _("The frame cannot be read, so choose a picture yourself."))
    return GenerationForm(user=request.user, initial=initial)


def changed_values(name: str, row: Generation) -> dict[str, Any]:
    """What differs from the row it is filled from."""
    if name == "reseed":
        return {"seed": secrets.randbelow(SEED_MAX + 1)}
    if name == "rewritten":
        return {"prompt": rewritten_prompt(row) or row.prompt, "prompt_extend": False}
    return {}


def rewritten_prompt(row: Generation) -> str:
    """The prompt as the service rewrote it, if it told."""
    text = row.provider_data.get("actual_prompt")
    return text if isinstance(text, str) and text.strip() != row.prompt else ""
