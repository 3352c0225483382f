"""One generation for its whole life: one page, and the fragment of it that moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..creation.catalog import image_choice, prompt_limits
from ..models import Generation
from ..text import tail, truncate
from .collections import with_video
from .compression import render_page
from .filled_form import rewritten_prompt
from .live import nothing_new, said
from .permissions import readable_or_404
from .poll_after import HEADER
from .presenters import ON_A_VERSION, card_of, cards_of
from .relations import relations_of
from .request import HttpRequest
from .viewer import ListPlace

STOP_POLLING = 286  # htmx swaps the answer in and asks no more


@require_safe
@never_cache
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a video; for a viewer over another page, the part of it that is shown there."""
    context = page(request, readable_or_404(request, pk))
    mine = context["card"].mine
    in_viewer = request.htmx and request.htmx.target == "viewer-in"
    template = "generations/_video.html" if in_viewer else "generations/detail.html"
    return render_page(request, template, context, compress=mine and not request.GET)


@require_safe
@never_cache
def status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that moves, and the count of what is on its way.

    204 if it still looks as the page has it; 286 at the end, and then with all that is known now.
    """
    rows = Generation.objects.readable_by(request.user).filter(pk=pk)
    if seen := request.GET.get("seen"):
        narrow = get_object_or_404(rows.only(*ON_A_VERSION))
        if narrow.is_open and cards_of([narrow], request.user, is_live=True)[0].version == seen:
            return nothing_new([narrow])
    row = get_object_or_404(rows)
    code = 200 if row.is_open else STOP_POLLING
    answer = render(request, "generations/_status_answer.html", page(request, row), status=code)
    answer[HEADER] = said([row])
    return answer


def page(request: HttpRequest, row: Generation) -> dict[str, Any]:
    card = card_of(row, request.user)
    limits = prompt_limits(row)
    return {
        "card": card,
        "row": row,
        "place": ListPlace(request, row, card.is_shown),
        "poll_after": said([row]),
        "texts": [shown(row.prompt, limits[0]), shown(row.negative_prompt, limits[1])],
        "rewritten": rewritten_prompt(row),
        "relations": relations_of(row, request.user),
        "can_continue": card.is_ready and image_choice(row.provider) is not None,
        "can_compare": card.is_shown and is_visible(request, row),
        "collections": with_video(request.user, row) if card.is_shown else [],
        "events": row.events.select_related("by") if card.mine or card.can_view_all else [],
    }


def is_visible(request: HttpRequest, row: Generation) -> bool:
    """It stands in this person's gallery."""
    return Generation.objects.visible_to(request.user).filter(pk=row.pk).exists()


def shown(text: str, limit: int) -> dict[str, Any]:
    """A text as typed, in the part that is sent and the part that is not."""
    return {"typed": text, "sent": truncate(text, limit), "tail": tail(text, limit), "limit": limit}
