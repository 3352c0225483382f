"""Generations for staff: the list, and the page of one. The fields are read-only."""

from typing import Any, cast
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from ..creation.catalog import prompt_limits
from ..models import LIFETIME, Generation, Status, can_view_costs
from ..models.pagination import neighbours
from ..models.querysets import GenerationQuerySet
from ..reports.csv_export import GENERATION, WITHOUT_COSTS, csv_response, in_batches
from ..text import truncate
from ..wording import cause
from .alerts import AttentionPage
from .base import GenerationModelAdmin, admin_page, page_of, user_of
from .changelist import QUICK_FILTERS, QuickListFilter, ServiceFilter, Sheet
from .permissions import SEE, ReadOnly, may_review, needs
from .repair import REPAIRS, RepairPages
from .review import STACK, ReviewPages
from .spend import SpendPage
from .usage import NumbersPage

SHOWN_OF_PERSON = 10
BILL = frozenset({"cost", "usage", "answer"})  # where a service reports the cost


@admin.register(Generation)
class GenerationAdmin(
    ReviewPages, RepairPages, AttentionPage, NumbersPage, SpendPage, ReadOnly, GenerationModelAdmin
):
    list_display = (
        "short_id",
        "prompt_start",
        "person",
        "size",
        "service",
        "status",
        "review_state",
        "cost",
        "created",
    )
    list_filter = (
        QuickListFilter,
        ServiceFilter,
        "status",
        "review",
        ("created", admin.DateFieldListFilter),
    )
    linked_filters = ("owner",)
    list_per_page = 24
    search_fields = ("prompt",)
    search_help_text = _("Prompt, person, remote id, seed or id")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    actions_selection_counter = False

    class Media:
        js = ["js/keys.js", "admin_studio/sheet.js"]

    def get_urls(self) -> list[URLPattern]:
        guard, repair = self.admin_site.admin_view, "<uuid:pk>/repair/<slug:action>/"
        asked = require_http_methods(["GET", "POST"])(self.repair_view)
        return [
            path("attention/", guard(self.attention), name="generations_attention"),
            path("decide/", guard(require_POST(self.decide)), name="generations_decide"),
            path("export/", guard(self.export), name="generations_export"),
            path("numbers/", guard(self.numbers), name="generations_numbers"),
            path("review/", guard(self.begin), name="generations_review"),
            path("spend/", guard(self.spend), name="generations_spend"),
            path("undo/", guard(require_POST(self.undo)), name="generations_undo"),
            path(repair, guard(asked), name="generations_repair"),
            path("<uuid:pk>/skip/", guard(require_POST(self.skip)), name="generations_skip"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Sheet]:
        return Sheet

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        reviewing = settings.WANSTUDIO_REVIEW != "off"
        return [name for name in self.list_filter if reviewing or name != "review"]

    def get_list_display(self, request: HttpRequest) -> Any:
        costs = can_view_costs(user_of(request))
        return [name for name in self.list_display if costs or name != "cost"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return cast(GenerationQuerySet, super().get_queryset(request)).for_cards()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    @admin.display(description="id")
    def short_id(self, row: Generation) -> str:
        return str(row.pk)[:8]

    @admin.display(description=_("prompt"))
    def prompt_start(self, row: Generation) -> str:
        return format_html('<bdi class="studio-prompt">{}</bdi>', row.prompt[:300])

    @admin.display(description=_("person"))
    def person(self, row: Generation) -> str:
        return format_html("<bdi>{}</bdi>", row.owner)

    @admin.display(description=_("service"))
    def service(self, row: Generation) -> str:
        return f"{row.provider}/{row.model}"

    @admin.display(description=_("review"))
    def review_state(self, row: Generation) -> str:
        return row.get_review_display() if row.status == Status.SUCCEEDED else "–"

    @admin.display(description=_("cost (USD)"))
    def cost(self, row: Generation) -> Any:
        return getattr(row, "reported", None) or row.price or "–"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {
            "title": _("Generations"),
            "may_review": may_review(request),
            "can_undo": may_review(request) and bool(request.session.get(STACK)),
            "filters": request.GET.urlencode(),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    @needs(SEE)
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All rows that the filters select, as CSV."""
        rows = self.get_changelist_instance(request).queryset
        rows = rows.defer(None).select_related("owner").order_by("-created", "-id")
        columns = GENERATION if can_view_costs(user_of(request)) else WITHOUT_COSTS
        return csv_response(in_batches(rows), columns, "generations")

    @needs(SEE)
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the row's page: its events are its history."""
        return HttpResponseRedirect(page_of(object_id) + "#timeline")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return super().change_view(request, object_id)  # which shows that it is gone
        context = self.history_context(request, row) | self.review_of(request, row)
        context["repairs"] = offered_repairs(request, row)
        title = _("Generation")
        return admin_page(self, request, "generation/detail.html", title=title, **context)

    def history_context(self, request: HttpRequest, row: Generation) -> dict[str, Any]:
        """The context of a row's page: everything that is known about it."""
        filters = self.get_preserved_filters(request)
        inner = parse_qs(filters).get("_changelist_filters", [""])[0]
        show = QUICK_FILTERS.get(parse_qs(inner).get("show", [""])[0])
        rows = Generation.objects.all()
        newer, older = neighbours(show.of(rows) if show else rows, row)
        costs = can_view_costs(user_of(request))
        hidden = frozenset() if costs else BILL
        told = {key: value for key, value in row.provider_data.items() if key not in hidden}
        latest = Generation.objects.owned_by(row.owner).exclude(pk=row.pk).for_cards()
        return {
            "row": row,
            "sent_prompt": truncate(row.prompt, prompt_limits(row)[0]),
            "rewritten": row.provider_data.get("actual_prompt", ""),
            "settings": settings_of(row, costs=costs),
            "events": list(row.events.select_related("by")),
            "provider_data": told,
            "latest": latest.order_by("-created", "-id")[:SHOWN_OF_PERSON],
            "filters": inner,
            "sheet_url": self.sheet_with(inner),
            "newer_url": newer and self.with_filters(page_of(newer), inner),
            "older_url": older and self.with_filters(page_of(older), inner),
        }


def settings_of(row: Generation, *, costs: bool) -> list[tuple[Any, Any]]:
    """The requested settings and the results, each with its label."""
    made = f"{row.width}×{row.height}, {row.seconds} s" if row.width else ""
    expires = row.submitted_at + LIFETIME if row.submitted_at and row.is_open else None
    facts = [
        (_("service"), f"{row.provider}/{row.model}"),
        (_("size"), row.size),
        (_("seed"), "" if row.seed is None else row.seed),
        (_("prompt extend"), _("yes") if row.prompt_extend else _("no")),
        (_("watermark"), _("yes") if row.watermark else _("no")),
        (_("picture address"), row.source_url),
        (_("remote id"), row.remote_id),
        (_("endpoint"), row.endpoint),
        (_("remote state"), row.remote_state),
        (_("sent"), row.submitted_at),
        (_("kept there until"), expires),
        (_("ended"), row.finished_at),
        (_("video"), made),
        (_("bytes"), row.bytes),
        ("SHA-256", row.sha256),
        (_("estimate (USD)"), row.price or "" if costs else ""),
        (_("reported (USD)"), row.provider_data.get("cost") if costs else ""),
        (_("billed"), row.get_billed_display()),
        (_("error"), " · ".join(filter(None, [cause(row.error_code), row.error_detail]))),
    ]
    return [(name, value) for name, value in facts if value not in ("", None)]


def offered_repairs(request: HttpRequest, row: Generation) -> list[dict[str, Any]]:
    """The repairs that this person may do to this row now."""
    return [
        {
            "label": repair.label,
            "help": repair.help,
            "url": reverse("admin:generations_repair", args=[row.pk, key]),
        }
        for key, repair in REPAIRS.items()
        if request.user.has_perm(repair.permission) and repair.is_possible(row)
    ]
