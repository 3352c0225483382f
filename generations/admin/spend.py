"""What was spent, by day, person or service: estimated and reported amounts."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..forms.fields import DATE_INPUT
from ..models import DailySum
from ..reports.csv_export import csv_response
from .base import GenerationModelAdmin, admin_page
from .permissions import SPEND, needs

MONTH = timedelta(days=29)
CENT_PARTS = Decimal("0.0001")
AMOUNTS = ("estimated", "doubtful", "reported")
MAX_LINES = 500


COLUMNS = {
    "day": _("Day"),
    "owner__username": _("Person"),
    "provider": _("Service"),
    "model": _("Model"),
}
# How the amounts are grouped: the label, and the columns, by which they are also ordered.
GROUPINGS: dict[str, tuple[Any, list[str]]] = {
    "day": (_("by day"), ["day"]),
    "person": (_("by person"), ["owner__username"]),
    "service": (_("by service"), ["provider", "model"]),
    "all": (_("by day, person and service"), list(COLUMNS)),
}


class LedgerForm(forms.Form):
    by = forms.ChoiceField(
        label=_("Lines"), choices=[(key, label) for key, (label, _columns) in GROUPINGS.items()]
    )
    since = forms.DateField(label=_("From"), widget=DATE_INPUT)
    until = forms.DateField(label=_("To"), widget=DATE_INPUT)


def ledger(columns: Sequence[str], since: date, until: date) -> QuerySet[Any]:
    """The amounts as dictionaries, from the daily totals; the newest day first."""
    sums = DailySum.objects.filter(day__range=(since, until))
    totals = {name: Sum(name) for name in AMOUNTS}
    lines = sums.order_by().values(*columns).annotate(videos=Sum("count"), **totals)
    ordered: QuerySet[Any] = lines.order_by(
        *("-day" if name == "day" else name for name in columns)
    )
    return ordered


def exact(field: str, line: dict[str, Any]) -> Any:
    """Amounts with four digits, because SQLite sums them as floating point numbers."""
    value = line[field]
    return value.quantize(CENT_PARTS) if isinstance(value, Decimal) else value


class SpendPage(GenerationModelAdmin):
    @needs(SPEND)
    def spend(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or with `?csv=1` the same rows as a file."""
        today = timezone.localdate()
        asked = {"by": "day", "since": today - MONTH, "until": today} | request.GET.dict()
        form = LedgerForm(asked)
        if not form.is_valid():
            return self.spend_page(request, form, [], [])
        data = form.cleaned_data
        _label, columns = GROUPINGS[data["by"]]
        lines = ledger(columns, data["since"], data["until"])
        if "csv" in request.GET:
            names = {"owner__username": "person", "provider": "service"}
            fields = (*columns, "videos", *AMOUNTS)
            readers = {names.get(field, field): partial(exact, field) for field in fields}
            return csv_response(lines.iterator(), readers, f"spend-{data['by']}")
        return self.spend_page(request, form, columns, list(lines[:MAX_LINES]))

    def spend_page(
        self, request: HttpRequest, form: LedgerForm, columns: Sequence[str], lines: list[Any]
    ) -> HttpResponse:
        return admin_page(
            self,
            request,
            "generation/spend.html",
            title=_("Spend"),
            form=form,
            headings=[COLUMNS[name] for name in columns],
            lines=[([line[name] for name in columns], line) for line in lines],
            total={name: sum(line[name] for line in lines) for name in ("videos", *AMOUNTS)},
            is_cut=len(lines) == MAX_LINES,
            query=request.GET.urlencode(),
        )
