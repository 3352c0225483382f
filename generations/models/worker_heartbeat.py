"""When a worker last showed that it works, and when one last did the housekeeping."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

# The heartbeat shares its table with the lease of the poller, as in earlier releases, so that old
# and new processes run side by side: this key is its row.
HEARTBEAT = 1000
# Every cluster runs housekeeping each fifteen seconds, and is restarted when it hangs for sixty.
SILENCE = timedelta(seconds=90)


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def record(self, now: datetime | None = None) -> None:
        """Write down that a worker is alive."""
        self.update_or_create(number=HEARTBEAT, defaults={"seen_at": now or timezone.now()})

    def last_seen(self) -> datetime | None:
        """When a worker last showed that it works, or None if none ever did."""
        return self.filter(number=HEARTBEAT).values_list("seen_at", flat=True).first()

    def is_recent(self) -> bool:
        """True if a worker showed within the last 90 seconds that it works."""
        last = self.last_seen()
        return last is not None and last > timezone.now() - SILENCE

    def claim_housekeeping(self, period: timedelta, now: datetime | None = None) -> bool:
        """True for one caller per `period`."""
        now = now or timezone.now()
        due = Q(housekeeping_at=None)
        due |= Q(housekeeping_at__lte=now - period) | Q(housekeeping_at__gt=now + period)
        return bool(self.filter(due, number=HEARTBEAT).update(housekeeping_at=now))


class WorkerHeartbeat(models.Model):
    """One row for all workers together."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=HEARTBEAT)
    seen_at = models.DateTimeField(db_column="until")
    housekeeping_at = models.DateTimeField(null=True, db_column="begun_at")

    objects = WorkerHeartbeatQuerySet.as_manager()

    class Meta:
        db_table = "generations_shift"
        managed = False  # `PollerLease` owns the table
        default_permissions = ()

    def __str__(self) -> str:
        return f"seen {self.seen_at:%Y-%m-%d %H:%M:%S}"
