"""Every generation of a person in any state; the trash."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.pagination import page_of
from ..models.querysets import GenerationQuerySet
from .compression import render_page
from .live import said
from .presenters import cards_of
from .request import HttpRequest


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """The answer to "where did my request go"."""
    rows = Generation.objects.owned_by(request.user).not_trashed()
    return listing(request, rows, "generations/activity.html")


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
    return render_page(request, template, context, compress=True)  # the person's own rows
