"""Every generation of a person in any state; the trash; two takes side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.pagination import page_of
from ..models.querysets import GenerationQuerySet
from .actions import uuid_or_404
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


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two finished takes, playing in step. Without a second one, others to choose from."""
    visible = Generation.objects.visible_to(request.user)
    first = get_object_or_404(visible, pk=uuid_or_404(request.GET.get("a", "")))
    if not (other := request.GET.get("b")):
        near = timedelta(days=settings.WANSTUDIO_TRASH_DAYS)
        candidates = visible.filter(created__gt=first.created - near).exclude(pk=first.pk)
        alike = [row for row in candidates[:200] if row.prompt == first.prompt]
        chosen = alike or list(candidates[:12])
        return render(
            request, "generations/compare_choose.html", {"first": first, "others": chosen[:24]}
        )
    second = get_object_or_404(visible, pk=uuid_or_404(other))
    if first == second:
        raise Http404
    return render(request, "generations/compare.html", {"first": first, "second": second})
