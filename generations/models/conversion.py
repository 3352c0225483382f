"""Files that are made from finished videos and kept for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(minutes=15)  # longer than any conversion: after that its worker has died
MAX_ATTEMPTS = 3
LIFETIME = timedelta(days=1)


class ConversionKind(models.TextChoices):
    JOIN = "join", _("Joined clips")
    WEBP = "webp", _("Animated WebP")


class ConversionStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker.")
    WORKING = "working", _("In the making.")
    READY = "ready", _("Ready.")
    FAILED = "failed", _("Failed.")


class ConversionQuerySet(models.QuerySet["Conversion"]):
    def owned_by(self, user: User) -> ConversionQuerySet:
        return self.filter(owner_id=user.pk)

    def open(self) -> ConversionQuerySet:
        return self.filter(status__in=[ConversionStatus.QUEUED, ConversionStatus.WORKING])

    def old(self, now: datetime) -> ConversionQuerySet:
        """Conversions whose file has expired."""
        return self.filter(created__lt=now - LIFETIME)

    def claim(self, now: datetime | None = None) -> Conversion | None:
        """The one that has waited longest; one at a time, so that submits find workers."""
        now = now or timezone.now()
        held = self.filter(status=ConversionStatus.WORKING, claimed_until__gt=now)
        if held.exists():
            return None
        lost = Q(status=ConversionStatus.WORKING, claimed_until__lte=now)
        waiting = self.filter(Q(status=ConversionStatus.QUEUED) | lost)
        row = waiting.order_by("created", "pk").first()
        if row is None:
            return None
        seen = self.filter(pk=row.pk, status=row.status, claimed_until=row.claimed_until)
        changes = {"claimed_until": now + LEASE, "attempts": row.attempts + 1}
        if not seen.update(status=ConversionStatus.WORKING, **changes):
            return None  # another worker was faster
        row.refresh_from_db()
        return row


class Conversion(models.Model):
    """`sources` are the IDs of the clips in order; `file` exists when it is ready."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversions")
    kind = models.CharField(max_length=10, choices=ConversionKind.choices)
    sources = models.JSONField()
    status = models.CharField(
        max_length=10, choices=ConversionStatus.choices, default=ConversionStatus.QUEUED
    )
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=20, blank=True)
    place = models.PositiveSmallIntegerField(default=0)  # of the clip that does not fit, from 1
    file = models.FileField(blank=True, max_length=200)
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConversionQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def finish(self, file: str) -> bool:
        """Store the name of the file. False if the claim was lost."""
        return bool(self._mine().update(status=ConversionStatus.READY, file=file))

    def fail(self, reason: str, place: int = 0) -> None:
        self._mine().update(status=ConversionStatus.FAILED, reason=reason, place=place)

    def release(self) -> None:
        """Put it back into the queue."""
        self._mine().update(status=ConversionStatus.QUEUED, claimed_until=None)

    def _mine(self) -> ConversionQuerySet:
        mine = {"status": ConversionStatus.WORKING, "claimed_until": self.claimed_until}
        return Conversion.objects.filter(pk=self.pk, **mine)
