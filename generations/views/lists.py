"""All generations of a person in any state."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Sum
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..creation.pricing import FREE, usd
from ..models import DailySum, Generation
from ..models.pagination import page_of
from ..models.querysets import GenerationQuerySet
from .compression import render_page
from .live import said
from .presenters import cards_of
from .request import HttpRequest

SPENT_DAYS = 30


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Everything that a person has requested, newest first."""
    rows = Generation.objects.owned_by(request.user).not_trashed()
    spent = spent_by(request.user, timezone.localdate() - timedelta(days=SPENT_DAYS))
    return listing(request, rows, "generations/activity.html", spent=spent, days=SPENT_DAYS)


def spent_by(user: User, since: date) -> dict[str, Any]:
    """The number of videos that this person requested since the day `since`, and their cost in USD.

    From the daily totals, which include deleted rows and are at most a minute old.
    """
    sums = DailySum.objects.filter(owner=user, day__gt=since).exclude(provider=FREE)
    made = sums.aggregate(videos=Sum("count"), usd=Sum("estimated"))
    return made | {"usd": usd(made["usd"])} if made["usd"] else {}


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    rows = Generation.objects.owned_by(request.user).trashed()
    return listing(request, rows, "generations/trash.html", days=settings.WANSTUDIO_TRASH_DAYS)


def listing(
    request: HttpRequest, rows: GenerationQuerySet, template: str, **extra: Any
) -> HttpResponse:
    page = page_of(rows.select_related("owner"), request.GET.get("before", ""))
    context = {"cards": cards_of(page.rows, request.user), "older": page.older, **extra}
    context |= {"paged": "before" in request.GET, "poll_after": said(page.rows)}
    return render_page(request, template, context, compress=True)  # only rows of this person
