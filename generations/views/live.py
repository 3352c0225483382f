"""Updates of open pages: changed cards, or messages about what has ended."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..models import OPEN, Generation, readable_rows
from ..text import parse_number, parse_uuid
from .poll_after import HEADER, poll_after
from .presenters import ON_A_VERSION, cards_of
from .request import HttpRequest

MAX_CARDS = 100  # per request


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """204 while the page has everything already.

    `seen` lists the open cards of a page as `<id>:<version>`; those that changed come back. A page
    without cards sends `open`, ids of what was on its way, and `running`, how many there were:
    what of it has ended comes back as messages.
    """
    if "running" in request.GET:
        return ended(request, [pk for pk, _ in parse(request.GET.get("open", ""))])
    return changed_cards(request, dict(parse(request.GET.get("seen", ""))))


def changed_cards(request: HttpRequest, seen: dict[UUID, str]) -> HttpResponse:
    rows = readable_rows(request.user, list(seen), ON_A_VERSION)
    cards = cards_of(rows, request.user, is_live=True)
    changed = [card.row.pk for card in cards if card.version != seen[card.row.pk]]
    if not changed:
        return nothing_new(card.row for card in cards)
    readable = Generation.objects.readable_by(request.user)
    changes = cards_of(readable.filter(pk__in=changed).order_by(), request.user)
    answer = render(request, "generations/_live.html", {"cards": changes})
    answer[HEADER] = said(card.row for card in [*cards, *changes])
    return answer


def ended(request: HttpRequest, known: list[UUID]) -> HttpResponse:
    """The rows of this person's `known` ones that have ended, and the new number of open ones."""
    mine = Generation.objects.owned_by(request.user).order_by()
    still = Count("pk", filter=Q(pk__in=known))
    count = mine.open().aggregate(still=still, running=Count("pk"))
    before = parse_number(request.GET.get("running", ""))
    if count == {"still": len(known), "running": before}:
        return nothing_new([])
    rows = mine.filter(pk__in=known).exclude(status__in=OPEN)
    answer = render(request, "generations/_ended.html", {"cards": cards_of(rows, request.user)})
    answer[HEADER] = said([])
    return answer


def nothing_new(rows: Iterable[Generation]) -> HttpResponse:
    return HttpResponse(status=204, headers={HEADER: said(rows)})


def said(rows: Iterable[Generation]) -> str:
    return f"{poll_after(rows):.2f}"


def parse(text: str) -> list[tuple[UUID, str]]:
    pairs = (item.partition(":") for item in text.split(",")[:MAX_CARDS])
    return [(pk, version) for text, _, version in pairs if (pk := parse_uuid(text))]
