"""Metrics for Prometheus, read from the database, so that every process returns the same.

Totals come from the daily totals that housekeeping updates; no request reads the whole table.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from platform import python_version
from typing import Any

import django
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client import exposition as text_format
from prometheus_client.core import GaugeMetricFamily, Metric

from ..media import free_bytes
from ..models import DailySum, Generation, PollerLease, Status, SubmitThrottle, WorkerHeartbeat
from ..worker.task_queue import queue_size

CONTENT_TYPE = text_format.CONTENT_TYPE_PLAIN_0_0_4
VERSIONS = {
    "version": settings.WANSTUDIO_VERSION,
    "python": python_version(),
    "django": django.__version__,
}
TOTALS_BY = ("provider", "status", "error_code")


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Collector())
    registry.register(ProcessCollector(registry=None))  # of the web process that answers; Linux
    return text_format.generate_latest(registry)


class Collector:
    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield table("build_info", "The release", VERSIONS, [(VERSIONS.values(), 1)])
        yield open_rows()
        yield lag(now)
        if (waiting := queue_size()) is not None:
            yield gauge("queue_length", "Tasks that no worker has taken yet", waiting)
        in_doubt = Generation.objects.unconfirmed().count()
        yield gauge("unconfirmed", "Not known whether it was billed", in_doubt)
        yield gauge("late", "Running for longer than usual", Generation.objects.late(now).count())
        yield generation_totals()
        yield spend()
        yield paused()
        last = WorkerHeartbeat.objects.last_seen()
        age = (now - last).total_seconds() if last else -1
        yield gauge("sweep_age_seconds", "Since a worker last swept; -1 if none ever did", age)
        held = PollerLease.objects.filter(holder__isnull=False, until__gt=now)
        yield gauge("watches", "Poller leases that a process holds", held.count())
        if (free := free_bytes(default_storage)) is not None:
            yield gauge("disk_free_bytes", "Left for videos", free)


def gauge(name: str, help: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wanstudio_{name}", help, value=value)


def table(
    name: str, help: str, labels: Iterable[str], lines: Iterable[tuple[Iterable[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"wanstudio_{name}", help, labels=list(labels))
    for values, number in lines:
        family.add_metric([str(value) for value in values], number)
    return family


def open_rows() -> GaugeMetricFamily:
    counts = Generation.objects.open().order_by().values_list("provider", "status")
    lines = [((provider, status), n) for provider, status, n in counts.annotate(Count("pk"))]
    return table("in_flight", "Generations on their way", ("provider", "status"), lines)


def lag(now: datetime) -> GaugeMetricFamily:
    """How long the oldest due step is overdue. Rows that wait for a slot are not overdue."""
    due = Generation.objects.due(now).exclude(status=Status.QUEUED)
    first = due.aggregate(first=Min("due_at"))["first"]
    seconds = (now - first).total_seconds() if first else 0
    return gauge("lag_seconds", "How long the most overdue step has been due", seconds)


def generation_totals() -> GaugeMetricFamily:
    lines = DailySum.objects.order_by().values_list(*TOTALS_BY).annotate(Sum("count"))
    found = [(line[:-1], line[-1]) for line in lines]
    return table("generations", "All that were ever asked for, as they stand", TOTALS_BY, found)


def spend() -> GaugeMetricFamily:
    """USD, by our prices (estimated, doubtful) and as reported by the services."""
    kinds = ("estimated", "doubtful", "reported")
    lines = DailySum.objects.order_by().values("provider").annotate(**{k: Sum(k) for k in kinds})
    sums: list[dict[str, Any]] = [dict(line) for line in lines]
    found = [((line["provider"], kind), float(line[kind])) for line in sums for kind in kinds]
    return table("spend_usd", "Spent over all time", ("provider", "kind"), found)


def paused() -> GaugeMetricFamily:
    throttles = SubmitThrottle.objects.paused().order_by().values_list("provider", "model")
    found = [(throttle, 1) for throttle in throttles]
    return table("lane_paused", "Lines that wait for a person", ("provider", "model"), found)
