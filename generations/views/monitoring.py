"""Health checks and metrics: for process managers, load balancers and monitoring."""

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
from .permissions import View
from .probes import Probe, ask


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def storage() -> bool:
    """Whether the folder is writable, or the bucket answers."""
    if isinstance(default_storage, FileSystemStorage):
        return can_write(Path(default_storage.location))
    default_storage.listdir("healthz")  # unlike `exists`, this fails for a missing bucket
    return True


def disk() -> bool:
    """Whether all disks that this machine writes to keep their reserve."""
    folders = [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    return all(map(keeps_reserve, folders))


READY = [Probe("database", database)]
HEALTHY = [
    *READY,
    Probe("queue", task_queue.ping),
    Probe("storage", storage),
    Probe("disk", disk),
    Probe("worker", WorkerHeartbeat.objects.is_recent),
    # Fails while rows wait for a provider that could not be reached for minutes.
    Probe("providers", lambda: not unreachable()),
]


def for_machines(view: View) -> View:
    """Without signing in, by GET or HEAD, and never from a cache."""
    return login_not_required(require_safe(never_cache(view)))


@for_machines
def livez(request: HttpRequest) -> JsonResponse:
    """200: this process answers. For restarting it."""
    return JsonResponse({"status": "ok"})


@for_machines
def readyz(request: HttpRequest) -> JsonResponse:
    """200 if the database answers, which pages need. For load balancers.

    Pages also work without queue, storage and worker, and a row is safe once it is stored.
    """
    return report(READY)


@for_machines
def healthz(request: HttpRequest) -> JsonResponse:
    """200 if all parts work. For alarms: pages may still work when this returns 503."""
    return report(HEALTHY)


def report(probes: list[Probe]) -> JsonResponse:
    """200, or 503 and the parts that fail. Reveals nothing else."""
    answers = {name: "ok" if works else "failing" for name, works in ask(probes).items()}
    healthy = set(answers.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if healthy else "failing", **answers}, status=200 if healthy else 503
    )


@for_machines
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, with `Authorization: Bearer <WANSTUDIO_METRICS_TOKEN>`; else 404."""
    token = settings.WANSTUDIO_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or not compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
