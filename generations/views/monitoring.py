"""Does the studio work? For process managers, load balancers and people who watch over it."""

from __future__ import annotations

from pathlib import Path
from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..media import can_write, keeps_reserve
from ..models import WorkerHeartbeat
from ..reports.metrics import CONTENT_TYPE, exposition
from ..staff.alerts import unreachable
from ..worker import task_queue
from .probes import Probe, ask


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def broker() -> bool:
    return task_queue.ping()


def storage() -> bool:
    """A folder that may be written to, or a bucket that answers."""
    if isinstance(default_storage, FileSystemStorage):
        return can_write(Path(default_storage.location))
    default_storage.listdir("healthz")  # unlike one file's, its answer tells a missing bucket
    return True


def disk() -> bool:
    """Every disk that this machine writes files or rows to keeps its reserve."""
    folders = [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    return all(map(keeps_reserve, folders))


def worker() -> bool:
    return WorkerHeartbeat.objects.is_recent()


def providers() -> bool:
    """False while something waits for a provider that could not be reached for minutes."""
    return not unreachable()


READY = [Probe("database", database)]
HEALTHY = [
    *READY,
    Probe("queue", broker),
    Probe("storage", storage),
    Probe("disk", disk),
    Probe("worker", worker),
    Probe("providers", providers),
]


@login_not_required
@require_safe
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """200: this process answers. For what restarts it when it does not."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when what pages need answers: the database. For load balancers.

    Pages also work without queue, storage and worker, and a row is safe once it is written.
    """
    return report(READY)


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all of it answers. For alarms: the pages may work when this says 503."""
    return report(HEALTHY)


def report(probes: list[Probe]) -> JsonResponse:
    """200, or 503 and which one does not answer. Says nothing else to strangers."""
    answers = {name: "ok" if works else "failing" for name, works in ask(probes).items()}
    healthy = set(answers.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if healthy else "failing", **answers}, status=200 if healthy else 503
    )


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
