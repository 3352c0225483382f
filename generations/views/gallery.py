"""The gallery of finished videos: filters and search in the URL, keyset pagination."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.pagination import Page, page_of, parse
from ..models.querysets import GenerationQuerySet
from ..models.search import indexed, search_page
from .compression import render_page
from .filters import Filters, filtered
from .presenters import awaits_review
from .request import HttpRequest

# Only the columns that a tile shows: a page needs one query.
TILE_FIELDS = (
    "owner_id", "owner__username", "prompt", "size", "poster", "favourite", "created",
    "shared", "review",
)  # fmt: skip
MAX_COUNT = 1000  # counting more videos would read the whole table
# The part of the page that htmx requests, by its target element.
PARTS = {"more": "_tiles", "results": "_results", "count": "_count"}


@dataclass(frozen=True)
class Tile:
    """One video in the grid, for one person."""

    row: Generation
    link: str
    mine: bool
    made: datetime  # in the reader's time zone
    made_text: str

    @property
    def text(self) -> str:
        return self.row.prompt[:1000] or _("Made from a picture")

    @property
    def made_iso(self) -> str:
        return self.made.isoformat(timespec="seconds")

    @property
    def maker(self) -> str:
        return "" if self.mine else self.row.owner.get_username()

    @property
    def awaits_review(self) -> bool:
        return self.mine and awaits_review(self.row)


@dataclass(frozen=True)
class GalleryPage:
    """A page of the gallery, and the URLs that continue it. `place` is where the page begins."""

    page: Page
    query: str
    place: str
    reader: int
    oldest_first: bool

    @property
    def more(self) -> str:
        """The URL of the next page; empty at the end."""
        name = "after" if self.oldest_first else "before"
        place = f"{name}={self.page.older}"
        return f"?{'&'.join(filter(None, [self.query, place]))}" if self.page.older else ""

    @property
    def videos(self) -> str:
        """The parameters of the links to its videos, which lead through the list and back."""
        return f"?{self.query}" if self.query else ""

    @property
    def days(self) -> list[tuple[date | None, list[Tile]]]:
        """Tiles by the reader's days. A day that began on the previous page has no heading."""
        before = parse(self.place)
        begun = timezone.localdate(before[0]) if before else None
        groups = groupby(self.tiles(), key=lambda tile: tile.made.date())
        return [(day if day != begun else None, list(group)) for day, group in groups]

    def tiles(self) -> Iterator[Tile]:
        """Zone and language are looked up once: the filter `date` does so for each value."""
        zone, language = timezone.get_current_timezone(), get_language()
        for row in self.page.rows:
            made = row.created.astimezone(zone)
            text = short_time(made.replace(tzinfo=None), language)
            link = f"/v/{row.pk}/{self.videos}"
            yield Tile(row, link, row.owner_id == self.reader, made, text)

    @property
    def count(self) -> int | None:
        """The number of videos, if it is known from this page alone."""
        return None if self.page.older or self.place else len(self.page.rows)


@lru_cache(maxsize=5000)
def short_time(local: datetime, language: str | None) -> str:
    """`local` as the active `language` writes it."""
    return dateformat.format(local, get_format("SHORT_DATETIME_FORMAT", language))


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """The page; for htmx only the part for `more`, `results` or `count`."""
    query = set_values(request.GET)
    part = PARTS.get(request.htmx.target or "") if request.htmx else None
    if not part and len(query) < len(request.GET):
        return redirect(f"{request.path}?{query.urlencode()}".rstrip("?"))
    filters = Filters(query, request.user)
    chosen = filters.chosen()
    # Filters come first: SQLite checks conditions in this order, and few rows contain a word.
    rows = filtered(Generation.objects.all(), chosen, request.user).visible_to(request.user)
    if part == "_count":
        if "q" in chosen:
            rows = indexed(rows, chosen["q"])
        return render(request, "generations/_count.html", {"count": count_of(rows)})
    shown = page_shown(request, rows, query, filters)
    context = {"shown": shown, "filters": filters, "chosen": chosen, "part": part}
    context["can_share"] = settings.WANSTUDIO_SHARING == "owner"
    own = all(row.owner_id == request.user.pk for row in shown.page.rows)
    template = f"generations/{part or 'gallery'}.html"
    response = render_page(request, template, context, compress=own and not query)
    if part == "_results":
        response["HX-Replace-Url"] = f"{request.path}?{query.urlencode()}".rstrip("?")
    return response


def set_values(query: QueryDict) -> QueryDict:
    """`query` without empty values, which a form sends for each field."""
    kept = QueryDict(mutable=True)
    for name, value in query.items():
        if value:
            kept[name] = str(value)
    return kept


def page_shown(
    request: HttpRequest, rows: GenerationQuerySet, query: QueryDict, filters: Filters
) -> GalleryPage:
    query, oldest_first = query.copy(), filters.oldest_first
    places = {name: query.pop(name, [""])[0] for name in ("before", "after")}
    place = places["after" if oldest_first else "before"]
    tiles = rows.select_related("owner").only(*TILE_FIELDS)
    if text := filters.chosen().get("q"):
        page = search_page(tiles, text, place, oldest_first=oldest_first)
    else:
        page = page_of(tiles, place, oldest_first=oldest_first)
    return GalleryPage(page, query.urlencode(), place, request.user.pk, oldest_first)


def count_of(rows: GenerationQuerySet) -> int | None:
    """The number of videos; None if it exceeds `MAX_COUNT`."""
    count = rows.order_by("-created", "-id")[: MAX_COUNT + 1].count()
    return count if count <= MAX_COUNT else None
