"""The page of one generation, and the fragment of it that is updated."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..creation.catalog import image_choice, prompt_limits
from ..models import Generation, readable_rows
from ..text import truncate
from .collections import with_video
from .compression import render_page
from .event_times import reported_stays
from .filled_form import rewritten_prompt
from .live import nothing_new, said
from .permissions import readable_or_404
from .poll_after import HEADER
from .presenters import ON_A_VERSION, card_of, cards_of
from .relations import relations_of
from .request import HttpRequest
from .viewer import ListPlace

STOP_POLLING = 286  # htmx swaps the response and stops polling


@require_safe
@never_cache
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a video; for the viewer on another page, only the part that it shows."""
    context = page(request, readable_or_404(request, pk))
    mine = context["card"].mine
    in_viewer = request.htmx and request.htmx.target == "viewer-in"
    template = "generations/_video.html" if in_viewer else "generations/detail.html"
    return render_page(request, template, context, compress=mine and not request.GET)


@require_safe
@never_cache
def status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment that is updated, and the number of open generations.

    204 if nothing has changed; 286 at the end, with everything that is known then.
    """
    if seen := request.GET.get("seen"):
        narrow = readable_rows(request.user, [pk], ON_A_VERSION)
        cards = cards_of(narrow, request.user, is_live=True)
        if any(card.row.is_open and card.version == seen for card in cards):
            return nothing_new(narrow)
    row = get_object_or_404(Generation.objects.readable_by(request.user), pk=pk)
    code = 200 if row.is_open else STOP_POLLING
    answer = render(request, "generations/_status_answer.html", page(request, row), status=code)
    answer[HEADER] = said([row])
    return answer


def page(request: HttpRequest, row: Generation) -> dict[str, Any]:
    card = card_of(row, request.user)
    limits, visible = prompt_limits(row), Generation.objects.visible_to(request.user)
    return {
        "card": card,
        "row": row,
        "place": ListPlace(request, row, card.is_shown),
        "poll_after": said([row]),
        "texts": [shown(row.prompt, limits[0]), shown(row.negative_prompt, limits[1])],
        "rewritten": rewritten_prompt(row),
        "stays": reported_stays(row),
        "relations": relations_of(row, request.user),
        "can_continue": card.is_ready and image_choice(row.provider) is not None,
        "can_compare": card.is_shown and visible.filter(pk=row.pk).exists(),
        "collections": with_video(request.user, row) if card.is_shown else [],
        "events": row.events.select_related("by") if card.mine or card.can_view_all else [],
    }


def shown(text: str, limit: int) -> dict[str, Any]:
    """A text as it was typed: the part that is sent and the part that is not."""
    return {"typed": text, "sent": truncate(text, limit), "tail": text[limit:], "limit": limit}
