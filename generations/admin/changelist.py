"""The change list as a contact sheet: quick filters with capped counts, pages by key."""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import SubmitThrottle
from ..models.pagination import capped_count, page_of

SHEET, TABLE = "sheet", "table"


class QuickFilter(NamedTuple):
    """One filter of the bar above the list: its label and its method of the query set."""

    label: Any
    method: str
    is_review: bool = False

    def of(self, rows: Any) -> Any:
        return getattr(rows, self.method)()


QUICK_FILTERS = {
    "to_review": QuickFilter(_("To review"), "waiting_for_review", is_review=True),
    "rejected": QuickFilter(_("Rejected"), "rejected", is_review=True),
    "flagged": QuickFilter(_("Flagged"), "flagged", is_review=True),
    "failed": QuickFilter(_("Failed"), "failed"),
    "unconfirmed": QuickFilter(_("Not confirmed"), "unconfirmed"),
    "storing": QuickFilter(_("Not saved"), "storing"),
    "late": QuickFilter(_("Late"), "late"),
    "held_up": QuickFilter(_("Service paused"), "blocked"),
}


def quick_filters() -> dict[str, QuickFilter]:
    """The quick filters of this installation, by their key in the URL."""
    reviewing = settings.WANSTUDIO_REVIEW != "off"
    return {key: quick for key, quick in QUICK_FILTERS.items() if reviewing or not quick.is_review}


class QuickListFilter(admin.SimpleListFilter):
    """`?show=failed`; its bar is above the list."""

    title = _("show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, quick.label) for key, quick in quick_filters().items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        quick = QUICK_FILTERS.get(self.value() or "")
        return quick.of(queryset) if quick else queryset


class ServiceFilter(admin.SimpleListFilter):
    """By account. Read from the throttles: asking the rows would read them all."""

    title = _("service")
    parameter_name = "service"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        aliases = (
            SubmitThrottle.objects.order_by("provider")
            .values_list("provider", flat=True)
            .distinct()
        )
        return [(alias, alias) for alias in aliases]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(provider=self.value()) if self.value() else queryset


class Sheet(ChangeList):
    """One page of rows, newest first, and a link to older rows. Nothing is counted."""

    before = ""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.before = self.params.pop("before", self.before)
        self.filter_params.pop("before", None)
        self.user = request.user  # the template of the results has no request
        self.view = TABLE if self.params.get("view") == TABLE else SHEET
        return super().get_queryset(request, *args, **kwargs)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        params = super().get_filters_params(params)
        return {name: value for name, value in params.items() if name != "view"}

    def get_results(self, request: HttpRequest) -> None:
        page = page_of(self.queryset, self.before, self.list_per_page)
        self.result_list, self.older = page.rows, page.older
        self.result_count = self.full_result_count = len(page.rows)
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False
        self.paginator = None
        self.pickable = bool(self.model_admin.get_actions(request))

    def older_link(self) -> str:
        return self.get_query_string({"before": self.older}) if self.older else ""

    def newest_link(self) -> str:
        return self.get_query_string() if self.before else ""

    def view_links(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "url": self.get_query_string({"view": view}), "is_on": view == self.view}
            for view, name in ((SHEET, _("Sheet")), (TABLE, _("Table")))
        ]

    def bar(self) -> list[dict[str, Any]]:
        """The quick filters with their counts, and a link to all rows."""
        shown = self.params.get("show")
        everything = {
            "label": _("All"),
            "url": self.get_query_string(remove=["show"]),
            "is_on": shown not in QUICK_FILTERS,
        }
        return [everything] + [
            {
                "label": quick.label,
                "count": capped_count(quick.of(self.root_queryset)),
                "url": self.get_query_string({"show": key}),
                "is_on": key == shown,
            }
            for key, quick in quick_filters().items()
        ]
