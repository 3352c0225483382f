"""Two to four finished takes, playing in step."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.querysets import GenerationQuerySet
from .actions import uuid_or_404
from .request import HttpRequest

PLACES = "abcd"  # the query parameters of the videos


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The videos `a` to `d`. With only one, or with `more`, a choice of others."""
    visible = Generation.objects.visible_to(request.user)
    rows = rows_of(request, visible)
    address = compare_url([row.pk for row in rows])
    can_add = len(rows) < len(PLACES)
    context = {"rows": rows, "first": rows[0], "address": address, "can_add": can_add}
    if len(rows) == 1 or can_add and "more" in request.GET:
        context |= {"others": others(rows, visible), "place": PLACES[len(rows)]}
        return render(request, "generations/compare_choose.html", context)
    return render(request, "generations/compare.html", context)


def compare_url(pks: list[UUID]) -> str:
    """The page that compares these videos, four at most."""
    return f"{reverse('generations:compare')}?{urlencode(dict(zip(PLACES, pks, strict=False)))}"


def rows_of(request: HttpRequest, visible: GenerationQuerySet) -> list[Generation]:
    """The given videos in order. Raises Http404 for none, duplicates, or others' videos."""
    pks = [uuid_or_404(text) for place in PLACES if (text := request.GET.get(place))]
    found = visible.in_bulk(pks)
    if not pks or len(found) < len(pks):
        raise Http404
    return [found[pk] for pk in pks]


def others(rows: list[Generation], visible: GenerationQuerySet) -> list[Generation]:
    """Videos to add: those with the same prompt, else the newest of its time."""
    near = timedelta(days=settings.WANSTUDIO_TRASH_DAYS)
    candidates = visible.filter(created__gt=rows[0].created - near)
    found = candidates.exclude(pk__in=[row.pk for row in rows])
    alike = [row for row in found[:200] if row.prompt == rows[0].prompt]
    return (alike or list(found[:12]))[:24]
