"""A video in the list that one came from: its neighbours there, and the way back."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from ..models import Generation
from ..models.pagination import neighbours
from ..models.search import indexed
from .filters import Filters, filtered
from .request import HttpRequest


@dataclass
class ListPlace:
    """Where `row` stands in a list.

    The address of a video carries the query of the gallery that led to it, or `list=activity`.
    Without either, a video in the gallery stands there, and anything else among one's own.
    """

    request: HttpRequest
    row: Generation
    in_gallery: bool

    @cached_property
    def query(self) -> str:
        """What the address says of the list, for the addresses of its other videos."""
        kept = self.request.GET.copy()
        kept.pop("seen", None)
        return kept.urlencode()

    @property
    def is_gallery(self) -> bool:
        if self.request.GET.get("list") == "activity":
            return False
        return self.in_gallery or bool(self.query)

    @property
    def back(self) -> str:
        """The address of the list."""
        query = QueryDict(self.query, mutable=True)
        query.pop("list", None)
        address = reverse(f"generations:{'gallery' if self.is_gallery else 'activity'}")
        return f"{address}?{query.urlencode()}" if query else address

    @property
    def back_label(self) -> str:
        return _("Gallery") if self.is_gallery else _("Activity")

    @property
    def previous(self) -> str:
        return self._address(self._neighbours[0])

    @property
    def next(self) -> str:
        return self._address(self._neighbours[1])

    @cached_property
    def _neighbours(self) -> tuple[UUID | None, UUID | None]:
        """Before and after it, in the order of the list."""
        user = self.request.user
        if not self.is_gallery:
            return neighbours(Generation.objects.owned_by(user).not_trashed(), self.row)
        filters = Filters(self.request.GET, user)
        chosen = filters.chosen()
        rows = filtered(Generation.objects.all(), chosen, user).visible_to(user)
        newer, older = neighbours(indexed(rows, chosen["q"]) if "q" in chosen else rows, self.row)
        return (older, newer) if filters.oldest_first else (newer, older)

    def _address(self, pk: UUID | None) -> str:
        if pk is None:
            return ""
        page = reverse("generations:detail", args=[pk])
        return f"{page}?{self.query}" if self.query else page
