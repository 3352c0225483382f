"""When a worker last gave a sign of life, and when one last ran housekeeping."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from wanstudio.durability import unsynced_transaction

# The heartbeat is a row with this key in the table of the poller's lease, as in earlier releases.
# So old and new processes can run at the same time.
HEARTBEAT = 1000
# Every cluster runs housekeeping every 15 seconds, and is restarted when it hangs for 60 seconds.
SILENCE = timedelta(seconds=90)


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def record(self, now: datetime | None = None) -> None:
        """Store that a worker is alive."""
        with unsynced_transaction():
            self.update_or_create(number=HEARTBEAT, defaults={"seen_at": now or timezone.now()})

    def last_seen(self) -> datetime | None:
        """When a worker last gave a sign of life, or None."""
        return self.filter(number=HEARTBEAT).values_list("seen_at", flat=True).first()

    def is_recent(self) -> bool:
        """True if a worker gave a sign of life within the last 90 seconds."""
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
