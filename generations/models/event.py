"""How things came to be: one row per change, never altered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .status import LIFETIME

PLACE_RELEASED = "place_released"
# What people decide and repair. A person's own ask is no decision.
BY_STAFF = models.Q(by__isnull=False) & ~models.Q(kind="queued")


class EventQuerySet(models.QuerySet["Event"]):
    def decisions(self) -> EventQuerySet:
        """What people decided and repaired."""
        return self.filter(BY_STAFF)

    def released_places(self) -> models.QuerySet[Any]:
        """The ids of generations that hold no place at their provider because staff said so."""
        since = timezone.now() - LIFETIME  # after that none does anyway
        released = self.filter(kind=PLACE_RELEASED, at__gte=since, generation__isnull=False)
        return released.order_by().values("generation_id")


class Event(models.Model):
    """Something that happened to a generation, or to a service when `generation` is empty.

    `kind` is the new status for a move, otherwise the name of what was done (`note`,
    `approved`, `billed`, `resumed` ...). `by` is empty for the machine.
    """

    # The log outlives the row: `generation_id` stays when the generation is purged.
    generation = models.ForeignKey(
        "generations.Generation",
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("generation"),
    )
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    kind = models.CharField(_("kind"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["kind", "-at"], name="event_kind_at"),
            models.Index(fields=["-at", "-id"], name="decided_newest", condition=BY_STAFF),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
