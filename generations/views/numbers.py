"""Numbers for Prometheus. `/metrics` does not exist for who has no token."""

from __future__ import annotations

from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..reports.metrics import CONTENT_TYPE, exposition


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """What `metrics.py` counts, for `Authorization: Bearer <WANSTUDIO_METRICS_TOKEN>`; else 404."""
    token = settings.WANSTUDIO_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or not compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
