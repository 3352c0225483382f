"""The log: decisions and repairs, and with a filter all other events. Read-only."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..models import Event, EventKind
from ..models.event import EventQuerySet
from ..models.querysets import users_named
from ..reports.csv_export import EVENT, csv_response, in_batches
from ..text import parse_uuid
from ..wording import reject_reason
from .base import EventModelAdmin, page_of
from .permissions import LOG, ReadOnly, needs

PAGES_COUNTED = 5000  # rows that the paginator counts; filters lead to older ones


if TYPE_CHECKING:  # Django's paginator is generic in its stubs alone
    EventPaginator = Paginator[Event]
else:
    EventPaginator = Paginator


class CappedPaginator(EventPaginator):
    """Stops counting after `PAGES_COUNTED` rows, so that it never counts a whole table."""

    @cached_property
    def count(self) -> int:
        events = cast(EventQuerySet, self.object_list)
        return events.order_by()[:PAGES_COUNTED].count()


class WhoFilter(admin.SimpleListFilter):
    """Decisions and repairs of people by default; or all events."""

    title = _("person")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("machine", _("The studio")), ("all", _("Everything"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "all":
            return queryset
        if self.value() == "machine":
            return queryset.filter(by=None)
        return queryset.decisions()

    def choices(self, changelist: Any) -> Any:
        everyone, *others = super().choices(changelist)
        yield everyone | {"display": _("Decisions and repairs")}
        yield from others


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return EventKind.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnly, EventModelAdmin):
    list_display = ("at", "what", "by", "which", "reason", "note")
    list_display_links = None
    list_filter = (WhoFilter, KindFilter, ("at", admin.DateFieldListFilter))
    list_select_related = ("by",)
    list_per_page = 50
    ordering = ("-at", "-id")
    sortable_by = ()
    search_fields = ("note",)
    search_help_text = _("Note, person or generation id")
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "export/", self.admin_site.admin_view(self.export), name="generations_log_export"
        )
        return [export, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return queryset.filter(wanted(search_term.strip())), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Log")} | (extra_context or {}))

    @needs(LOG)
    def export(self, request: HttpRequest) -> HttpResponseBase:
        rows = self.get_changelist_instance(request).queryset.select_related("by")
        return csv_response(in_batches(rows), EVENT, "log")

    @admin.display(description=_("what"))
    def what(self, event: Event) -> str:
        return event.label

    @admin.display(description=_("generation"))
    def which(self, event: Event) -> str:
        if event.generation_id is None:
            return str(event.data.get("provider", "–"))
        pk = event.generation_id
        return format_html('<a href="{}">{}</a>', page_of(pk), str(pk)[:8])

    @admin.display(description=_("reason"))
    def reason(self, event: Event) -> str:
        return reject_reason(event.data.get("reason", ""))


def wanted(text: str) -> Q:
    """Events whose note, person or generation matches `text`."""
    if not text:
        return Q()
    if (pk := parse_uuid(text)) is not None:
        return Q(generation=pk)
    return Q(note__icontains=text) | Q(by__in=users_named(text))
