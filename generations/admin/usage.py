"""Plots of the daily totals, with their tables. Reads no generations."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import DailyReview, DailySum, DailyTimes, Status
from ..reports.csv_export import csv_response
from ..wording import cause
from .base import GenerationModelAdmin, admin_page
from .charts import Plot, Series, by_day
from .permissions import SEE, SPEND, may_review, needs

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30

# The groups that are shown. Each consists of statuses.
OUTCOMES = {
    "ready": (_("Ready"), [Status.SUCCEEDED]),
    "open": (_("In progress"), [Status.QUEUED, Status.SUBMITTING, Status.RUNNING, Status.STORING]),
    "failed": (_("Failed"), [Status.FAILED]),
    "doubt": (_("Not confirmed"), [Status.UNCONFIRMED]),
    "canceled": (_("Cancelled"), [Status.CANCELED]),
}
TIMES = {
    "waiting": (_("Waiting to be sent"), "waiting_median", "waiting_p90"),
    "running": (_("From sending to saved"), "running_median", "running_p90"),
}

# The columns of the CSV file.
FIGURES = {
    "service" if name == "provider" else name: itemgetter(name)
    for name in ("day", "provider", "model", "status", "error_code", "generations")
}


def outcomes(days: Sequence[date]) -> Plot:
    found: dict[str, dict[date, int]] = defaultdict(dict)
    sums = {
        key: Sum("count", filter=Q(status__in=statuses))
        for key, (_label, statuses) in OUTCOMES.items()
    }
    for line in since(DailySum, days).values("day").annotate(**sums):
        for key in OUTCOMES:
            found[key][line["day"]] = line[key]
    series = [Series(key, label, by_day(days, found[key])) for key, (label, _s) in OUTCOMES.items()]
    return Plot("fates", _("Generations by day"), days, series, unit=_("generations"))


def times(days: Sequence[date], key: str) -> list[Plot]:
    """One plot for each throttle, because medians of different services must not be mixed."""
    title, median, p90 = TIMES[key]
    throttles: dict[tuple[str, str], dict[date, DailyTimes]] = defaultdict(dict)
    for line in since(DailyTimes, days).order_by("provider", "model"):
        throttles[line.provider, line.model][line.day] = line
    return [
        Plot(
            f"{key}-{number}",
            f"{title}: {provider}/{model}",
            days,
            [
                Series("median", _("Median"), per_day(days, found, median)),
                Series("p90", _("90th percentile"), per_day(days, found, p90)),
            ],
            shape="lines",
            unit=_("seconds"),
            digits=1,
        )
        for number, ((provider, model), found) in enumerate(throttles.items())
    ]


def per_day(days: Sequence[date], found: dict[date, Any], name: str) -> list[float | None]:
    return by_day(days, {day: getattr(line, name) for day, line in found.items()}, missing=None)


def spend(days: Sequence[date]) -> Plot:
    amounts = {"estimated": _("Estimated"), "doubtful": _("In doubt"), "reported": _("Reported")}
    lines = list(since(DailySum, days).values("day").annotate(**{a: Sum(a) for a in amounts}))
    series = [
        Series(name, label, by_day(days, {line["day"]: line[name] for line in lines}))
        for name, label in amounts.items()
    ]
    return Plot("spend", _("Spend by day"), days, series, shape="lines", unit="USD", digits=2)


def reviewed(days: Sequence[date]) -> list[Plot]:
    found = {line.day: line for line in since(DailyReview, days)}
    decisions = {"approved": _("Approved"), "rejected": _("Rejected"), "flagged": _("Flagged")}
    decided = [Series(key, label, per_day(days, found, key)) for key, label in decisions.items()]
    backlog = [Series("backlog", _("To review"), per_day(days, found, "backlog"))]
    age = [Series("age", _("Oldest"), per_day(days, found, "oldest_hours"))]
    return [
        Plot("decisions", _("Decisions by day"), days, decided, unit=_("videos")),
        Plot("backlog", _("Left to review"), days, backlog, shape="lines", unit=_("videos")),
        Plot("age", _("Age of the oldest"), days, age, shape="lines", unit=_("hours"), digits=1),
    ]


def since(model: Any, days: Sequence[date]) -> Any:
    return model.objects.filter(day__gte=days[0]).order_by()


def success_by_service(days: Sequence[date]) -> list[dict[str, Any]]:
    """For each throttle: how many succeeded, and why the others failed. Without canceled ones."""
    lines = (
        since(DailySum, days)
        .values("provider", "model")
        .annotate(
            ready=Sum("count", filter=Q(status=Status.SUCCEEDED), default=0),
            ended=Sum("count", filter=Q(status__in=ENDED_THERE), default=0),
        )
    )
    reasons = reasons_of_failure(days)
    return [
        line
        | {"reasons": reasons[line["provider"], line["model"]]}
        | {"rate": round(100 * line["ready"] / line["ended"]) if line["ended"] else None}
        for line in lines.order_by("provider", "model")
    ]


ENDED_THERE = [Status.SUCCEEDED, Status.FAILED, Status.UNCONFIRMED]


def reasons_of_failure(days: Sequence[date]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    failed = since(DailySum, days).filter(status__in=[Status.FAILED, Status.UNCONFIRMED])
    lines = failed.values("provider", "model", "error_code").annotate(times=Sum("count"))
    found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for line in lines.order_by("-times"):
        why = cause(line["error_code"]) or "–"
        found[line["provider"], line["model"]].append((why, line["times"]))
    return found


class NumbersPage(GenerationModelAdmin):
    @needs(SEE, SPEND)
    def numbers(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or with `?csv=1` the counts as a file."""
        asked, today = request.GET.get("days", ""), timezone.localdate()
        period = int(asked) if asked in map(str, PERIODS) else DEFAULT_PERIOD
        days = [today - timedelta(days=number) for number in reversed(range(period))]
        if "csv" in request.GET:
            lines = since(DailySum, days).values("day", "provider", "model", "status", "error_code")
            lines = lines.annotate(generations=Sum("count")).order_by("day", "provider", "model")
            return csv_response(lines.iterator(), FIGURES, "numbers")
        plots = [outcomes(days), *times(days, "waiting"), *times(days, "running")]
        plots += reviewed(days) if may_review(request) else []
        plots += [spend(days)] if request.user.has_perm(SPEND) else []
        return admin_page(
            self,
            request,
            "generation/usage.html",
            title=_("Numbers"),
            period=period,
            periods=PERIODS,
            plots=plots,
            services=success_by_service(days),
        )
