"""Does the studio work? For load balancers and people who watch over it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from ..checks import can_write
from ..models import WorkerHeartbeat
from ..reports.metrics import CONTENT_TYPE, exposition

log = logging.getLogger(__name__)

# Every cluster sweeps each fifteen seconds, and is started again after sixty of silence.
SILENCE = timedelta(seconds=90)


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def broker() -> bool:
    return bool(get_broker().ping())


def storage() -> bool:
    """A folder that may be written to, or a bucket that answers."""
    if isinstance(default_storage, FileSystemStorage):
        return can_write(Path(default_storage.location))
    default_storage.exists("healthz")
    return True


def worker() -> bool:
    last = WorkerHeartbeat.objects.last_seen()
    return last is not None and last > timezone.now() - SILENCE


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database,
    "queue": broker,
    "storage": storage,
    "worker": worker,
}


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all of it answers; 503 and which one does not. Says nothing else to strangers."""
    answers = {name: "ok" if works(name, check) else "failing" for name, check in CHECKS.items()}
    healthy = set(answers.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if healthy else "failing", **answers}, status=200 if healthy else 503
    )


def works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        log.exception("%s does not answer", name)
        return False


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """What `metrics.py` counts, for `Authorization: Bearer <WANSTUDIO_METRICS_TOKEN>`; else 404."""
    token = settings.WANSTUDIO_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or not compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
