"""Finished videos: filters and search in the address, pages by key."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.pagination import Page, page_of
from ..models.search import search_page
from .compression import render_page
from .filters import Filters, filtered
from .request import HttpRequest

TILE_FIELDS = ("owner_id", "prompt", "size", "poster", "favourite", "created")


@dataclass(frozen=True)
class GalleryPage:
    """A page of the gallery, and how the address goes on."""

    page: Page
    query: str
    videos: str  # what the addresses of its videos carry, so that they lead back

    @property
    def older(self) -> str:
        return f"?{self.query}before={self.page.older}" if self.page.older else ""


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET, request.user)
    chosen = filters.chosen()
    # What is chosen comes first: SQLite looks in this order, and few rows hold a word.
    rows = filtered(Generation.objects.all(), chosen, request.user).visible_to(request.user)
    rows, before = rows.only(*TILE_FIELDS), request.GET.get("before", "")
    page = search_page(rows, chosen["q"], before) if "q" in chosen else page_of(rows, before)
    query = request.GET.copy()
    query.pop("before", None)
    fragment = request.htmx and request.htmx.target == "more"
    carried = query if fragment else request.GET
    videos = f"?{carried.urlencode()}" if carried else ""
    shown = GalleryPage(page, f"{query.urlencode()}&" if query else "", videos)
    context = {"shown": shown, "filters": filters, "chosen": chosen}
    context["paged"] = "before" in request.GET
    context["can_share"] = settings.WANSTUDIO_SHARING == "owner"
    own = all(row.owner_id == request.user.pk for row in page.rows)
    template = "generations/_tiles.html" if fragment else "generations/gallery.html"
    return render_page(request, template, context, compress=own and not query)
