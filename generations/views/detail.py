"""One generation for its whole life: one page, one fragment, one question for many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..creation.catalog import prompt_limits
from ..models import Generation
from ..text import parse_uuid, tail, truncate
from .compression import render_page
from .create import rewritten_prompt
from .permissions import readable_or_404
from .presenters import GenerationCard, card_of, cards_of
from .request import HttpRequest

STOP_POLLING = 286  # htmx swaps the answer in and asks no more
MAX_CARDS = 100  # that one page may ask about


@require_safe
@never_cache
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    context = page(request, readable_or_404(request, pk))
    mine = context["card"].mine
    return render_page(request, "generations/detail.html", context, compress=mine)


@require_safe
@never_cache
def status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that moves, and the count of what is on its way.

    204 if it still looks as the page has it; 286 at the end, and then with all that is known now.
    """
    row = get_object_or_404(Generation.objects.readable_by(request.user), pk=pk)
    card = card_of(row, request.user)
    if row.is_open and request.GET.get("seen") == card.version:
        return HttpResponse(status=204)
    code = 200 if row.is_open else STOP_POLLING
    return render(request, "generations/_status_answer.html", page(request, row, card), status=code)


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """`seen` lists the open cards of a page as `<id>:<version>`; those that changed come back."""
    seen = dict(parse(request.GET.get("seen", "")))
    rows = Generation.objects.readable_by(request.user).filter(pk__in=seen).order_by()
    cards = cards_of(rows, request.user)
    changed = [card for card in cards if card.version != seen[card.row.pk]]
    if not changed:
        return HttpResponse(status=204)
    return render(request, "generations/_live.html", {"cards": changed})


def parse(text: str) -> list[tuple[UUID, str]]:
    pairs = (item.partition(":") for item in text.split(",")[:MAX_CARDS])
    return [(pk, version) for text, _, version in pairs if (pk := parse_uuid(text))]


def page(
    request: HttpRequest, row: Generation, card: GenerationCard | None = None
) -> dict[str, Any]:
    card = card or card_of(row, request.user)
    limits = prompt_limits(row)
    return {
        "card": card,
        "row": row,
        "texts": [shown(row.prompt, limits[0]), shown(row.negative_prompt, limits[1])],
        "rewritten": rewritten_prompt(row),
        "can_compare": card.is_shown and is_visible(request, row),
        "events": row.events.select_related("by") if card.mine or card.can_view_all else [],
        "trash_days": settings.WANSTUDIO_TRASH_DAYS,
    }


def is_visible(request: HttpRequest, row: Generation) -> bool:
    """It stands in this person's gallery."""
    return Generation.objects.visible_to(request.user).filter(pk=row.pk).exists()


def shown(text: str, limit: int) -> dict[str, Any]:
    """A text as typed, in the part that is sent and the part that is not."""
    return {"typed": text, "sent": truncate(text, limit), "tail": tail(text, limit), "limit": limit}
