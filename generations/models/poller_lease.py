"""Who watches. One row per watch; whoever holds it keeps time for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

SHIFT = timedelta(seconds=15)
SWEEP = 1000  # the row that says when a cluster last swept; `begun_at` is its last housekeeping


class ShiftQuerySet(models.QuerySet["Shift"]):
    def vacant(self, number: int, now: datetime | None = None) -> bool:
        """True if nobody watches share `number`."""
        now = now or timezone.now()
        return not self.filter(number=number, until__gt=now, until__lte=now + 2 * SHIFT).exists()

    def take(self, number: int, now: datetime | None = None) -> Shift | None:
        """Begin the shift, or None if somebody else is on it. Of many at once, one wins."""
        now = now or timezone.now()
        self.bulk_create([Shift(number=number, until=now)], ignore_conflicts=True)
        free = self.filter(number=number).filter(Q(until__lte=now) | Q(until__gt=now + 2 * SHIFT))
        holder = uuid4()
        if not free.update(holder=holder, until=now + SHIFT, begun_at=now, turns=F("turns") + 1):
            return None
        return self.filter(number=number, holder=holder).first()

    def swept(self, now: datetime | None = None) -> None:
        """Write down that a cluster is alive."""
        self.update_or_create(number=SWEEP, defaults={"until": now or timezone.now()})

    def last_sweep(self) -> datetime | None:
        """When a cluster last showed that it works, or None if none ever did."""
        return self.filter(number=SWEEP).values_list("until", flat=True).first()

    def begin_housekeeping(self, period: timedelta, now: datetime | None = None) -> bool:
        """True for one caller per `period`."""
        now = now or timezone.now()
        idle = Q(begun_at=None) | Q(begun_at__lte=now - period) | Q(begun_at__gt=now + period)
        return bool(self.filter(number=SWEEP).filter(idle).update(begun_at=now))


class Shift(models.Model):
    """`holder` watches until `until`, fifteen seconds at a time."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True)
    until = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    turns = models.PositiveIntegerField(default=0)

    objects = ShiftQuerySet.as_manager()

    def __str__(self) -> str:
        return f"shift {self.number} until {self.until:%H:%M:%S}"

    def renew(self, now: datetime | None = None) -> bool:
        """Stay on until fifteen seconds from now. False if somebody else has taken over."""
        until = (now or timezone.now()) + SHIFT
        return bool(self._mine().update(until=until))

    def give_back(self, now: datetime | None = None) -> None:
        """End the shift so that the next may begin at once."""
        self._mine().update(until=now or timezone.now(), holder=None)

    def _mine(self) -> models.QuerySet[Shift]:
        return Shift.objects.filter(number=self.number, holder=self.holder)
