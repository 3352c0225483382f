"""The ledger: what was spent, by day, person or service, estimated and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..creation.pricing import usd
from ..forms.fields import DateInput
from ..models import DailySum
from ..reports.csv_export import Columns, csv_response
from .base import GenerationModelAdmin
from .permissions import SPEND, needs

MONTH = timedelta(days=29)
CENT_PARTS = Decimal("0.0001")
AMOUNTS = ("estimated", "doubtful", "reported")
MAX_LINES = 500


@dataclass(frozen=True)
class Grouping:
    """Lines of the ledger: the columns that make one, and their order."""

    label: Any
    columns: Mapping[str, Any]
    order: tuple[str, ...]


GROUPINGS = {
    "day": Grouping(_("by day"), {"day": _("Day")}, ("-day",)),
    "person": Grouping(_("by person"), {"owner__username": _("Person")}, ("owner__username",)),
    "service": Grouping(
        _("by service"),
        {"provider": _("Service"), "model": _("Model")},
        ("provider", "model"),
    ),
    "all": Grouping(
        _("by day, person and service"),
        {
            "day": _("Day"),
            "owner__username": _("Person"),
            "provider": _("Service"),
            "model": _("Model"),
        },
        ("-day", "owner__username", "provider", "model"),
    ),
}


class LedgerForm(forms.Form):
    by = forms.ChoiceField(
        label=_("Lines"), choices=[(key, group.label) for key, group in GROUPINGS.items()]
    )
    since = forms.DateField(label=_("From"), widget=DateInput)
    until = forms.DateField(label=_("To"), widget=DateInput)


def ledger(grouping: Grouping, since: date, until: date) -> QuerySet[Any]:
    """Lines as dictionaries, from the daily sums."""
    sums = DailySum.objects.filter(day__range=(since, until))
    lines = sums.order_by().values(*grouping.columns).annotate(videos=Sum("count"), **totals())
    ordered: QuerySet[Any] = lines.order_by(*grouping.order)
    return ordered


def totals() -> dict[str, Sum]:
    return {name: Sum(name) for name in AMOUNTS}


def csv_columns(grouping: Grouping) -> Columns:
    names = {"owner__username": "person", "provider": "service"}
    fields = (*grouping.columns, "videos", *AMOUNTS)
    return {names.get(field, field): reader(field) for field in fields}


def reader(field: str) -> Callable[[Any], Any]:
    return lambda line: exact(line[field])


def exact(value: Any) -> Any:
    """Amounts with four digits: SQLite adds them up as floating point numbers."""
    return value.quantize(CENT_PARTS) if isinstance(value, Decimal) else value


class SpendPage(GenerationModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.spend)
        return [path("spend/", page, name="generations_spend"), *super().get_urls()]

    @needs(SPEND)
    def spend(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or with `?csv=1` the same lines as a file."""
        today = timezone.localdate()
        asked = {"by": "day", "since": today - MONTH, "until": today} | request.GET.dict()
        form = LedgerForm(asked)
        if not form.is_valid():
            return self.spend_page(request, form, None, [])
        data = form.cleaned_data
        grouping = GROUPINGS[data["by"]]
        lines = ledger(grouping, data["since"], data["until"])
        if "csv" in request.GET:
            return csv_response(lines.iterator(), csv_columns(grouping), f"spend-{data['by']}")
        return self.spend_page(request, form, grouping, lines[:MAX_LINES])

    def spend_page(
        self, request: HttpRequest, form: LedgerForm, grouping: Grouping | None, lines: Any
    ) -> HttpResponse:
        lines = list(lines)
        cells = [
            (
                [line[name] for name in grouping.columns],
                line["videos"],
                [usd(line[name]) for name in AMOUNTS],
            )
            for line in lines
            if grouping
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Spend"),
            "media": self.media,
            "form": form,
            "headings": list(grouping.columns.values()) if grouping else [],
            "lines": cells,
            "sums": [
                sum(line["videos"] for line in lines),
                *(usd(Decimal(sum(line[name] for line in lines))) for name in AMOUNTS),
            ],
            "is_cut": len(lines) == MAX_LINES,
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/generations/generation/spend.html", context)
