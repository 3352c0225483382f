"""The lease of the poller. Its holder polls for all processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from wanstudio.durability import unsynced_transaction

LEASE_TIME = timedelta(seconds=15)
POLLER = 0  # the key of the one row


class PollerLeaseQuerySet(models.QuerySet["PollerLease"]):
    def is_free(self, now: datetime | None = None) -> bool:
        """True if no process polls."""
        now = now or timezone.now()
        held = self.filter(number=POLLER, until__gt=now, until__lte=now + 2 * LEASE_TIME)
        return not held.exists()

    def acquire(self, now: datetime | None = None) -> PollerLease | None:
        """Take the lease, or return None if another process holds it. Of many at once, one wins."""
        now = now or timezone.now()
        self.bulk_create([PollerLease(number=POLLER, until=now)], ignore_conflicts=True)
        free = Q(until__lte=now) | Q(until__gt=now + 2 * LEASE_TIME)
        holder = uuid4()
        taken = self.filter(free, number=POLLER)
        if not taken.update(holder=holder, until=now + LEASE_TIME, begun_at=now):
            return None
        return self.filter(number=POLLER, holder=holder).first()


class PollerLease(models.Model):
    """`holder` polls until `until`, fifteen seconds at a time."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True)
    until = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)

    objects = PollerLeaseQuerySet.as_manager()

    class Meta:
        db_table = "generations_shift"
        default_permissions = ()

    def __str__(self) -> str:
        return f"poller until {self.until:%H:%M:%S}"

    def renew(self, now: datetime | None = None) -> bool:
        """Hold the lease for fifteen more seconds. False if another process has taken it."""
        until = (now or timezone.now()) + LEASE_TIME
        with unsynced_transaction():
            return bool(self._mine().update(until=until))

    def release(self) -> None:
        """Give the lease back, so that the next poller can start at once."""
        self._mine().update(until=timezone.now(), holder=None)

    def _mine(self) -> models.QuerySet[PollerLease]:
        return PollerLease.objects.filter(number=self.number, holder=self.holder)
