"""The history of generations: one row per change, never modified."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .status import LIFETIME


class EventKind(models.TextChoices):
    """All kinds of events, with their labels."""

    # A transition is an event of the new status.
    QUEUED = "queued", gettext_lazy("Requested")
    SUBMITTING = "submitting", gettext_lazy("Sending")
    RUNNING = "running", gettext_lazy("Accepted by the provider")
    STORING = "storing", gettext_lazy("Finished; saving a copy")
    SUCCEEDED = "succeeded", gettext_lazy("Saved here")
    FAILED = "failed", gettext_lazy("Ended without a video")
    CANCELED = "canceled", gettext_lazy("Cancelled before it was sent")
    UNCONFIRMED = "unconfirmed", gettext_lazy("Sent, but not confirmed")

    # Observations of the studio.
    LATE_ANSWER = "late_answer", gettext_lazy("The provider answered too late")
    SEARCHED = "searched", gettext_lazy("Looked for in the provider's list of tasks")
    FOUND = "found", gettext_lazy("Found in the provider's list of tasks")
    UNKNOWN_WORD = "unknown_word", gettext_lazy("The provider reported an unknown state")
    NOT_SAVED = "not_saved", gettext_lazy("Could not be saved yet")
    NO_POSTER = "no_poster", gettext_lazy("No preview picture could be made")
    SIZE_DIFFERS = "size_differs", gettext_lazy("The size of the video is not the requested one")
    LENGTH_DIFFERS = (
        "length_differs",
        gettext_lazy("The length of the video is not the requested one"),
    )
    FILES_LEFT = "files_left", gettext_lazy("Deleted; its files will be removed")

    TASK_NOT_FOUND = "task_not_found", gettext_lazy("The provider did not know the task")
    ODD_ANSWER = "odd_answer", gettext_lazy("The provider answered about a different task")

    # Decisions and repairs by staff.
    APPROVED = "approved", gettext_lazy("Approved by a reviewer")
    REJECTED = "rejected", gettext_lazy("Hidden by a reviewer")
    FLAGGED = "flagged", gettext_lazy("Flagged by a reviewer")
    UNDONE = "undone", gettext_lazy("Review decision undone")
    SAVE_AGAIN = "save_again", gettext_lazy("Download started again by staff")
    SETTLED = "settled", gettext_lazy("Billing checked by staff")
    PLACE_RELEASED = "place_released", gettext_lazy("Place released by staff")
    MADE_AGAIN = "made_again", gettext_lazy("Made again by staff")

    # Events of a provider or the whole studio, without a generation.
    PAUSED = "paused", gettext_lazy("Provider paused")
    RESUMED = "resumed", gettext_lazy("Provider resumed")
    KEY_CHECKED = "key_checked", gettext_lazy("Key tested by staff")
    TOLD = "told", gettext_lazy("Staff notified by email")
    NOT_TOLD = "not_told", gettext_lazy("Staff could not be notified by email")


class RepairAction(models.TextChoices):
    """Why staff made a transition. Stored as `action` in the data of its event."""

    CHECK_AGAIN = "check_again", gettext_lazy("Checked again by staff")
    ATTACH = "attach", gettext_lazy("Remote ID attached by staff")
    SETTLE = "settle", gettext_lazy("Billing checked by staff")


# Decisions and repairs by staff. A request of the owner is not one.
BY_STAFF = models.Q(by__isnull=False) & ~models.Q(kind="queued")


class EventQuerySet(models.QuerySet["Event"]):
    def decisions(self) -> EventQuerySet:
        """What staff have decided and repaired."""
        return self.filter(BY_STAFF)

    def released_places(self) -> models.QuerySet[Any]:
        """IDs of generations whose slot staff have released."""
        since = timezone.now() - LIFETIME  # after that, no row occupies a slot
        released = self.filter(
            kind=EventKind.PLACE_RELEASED, at__gte=since, generation__isnull=False
        )
        return released.order_by().values("generation_id")


class Event(models.Model):
    """Something that happened to a generation, or to a provider if `generation` is empty.

    `kind` is a value of `EventKind`. `by` is empty for the studio's own actions.
    """

    # Events are kept longer than rows: `generation_id` stays when the generation is purged.
    generation = models.ForeignKey(
        "generations.Generation",
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=gettext_lazy("generation"),
    )
    at = models.DateTimeField(gettext_lazy("at"), auto_now_add=True, db_index=True)
    kind = models.CharField(gettext_lazy("kind"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("by"),
    )
    note = models.TextField(gettext_lazy("note"), blank=True)
    data = models.JSONField(gettext_lazy("data"), default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = gettext_lazy("event")
        verbose_name_plural = gettext_lazy("log")
        indexes = [
            models.Index(fields=["kind", "-at"], name="event_kind_at"),
            models.Index(fields=["-at", "-id"], name="decided_newest", condition=BY_STAFF),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"

    @property
    def label(self) -> str:
        """What happened, in the reader's language: the repair if staff made one, else the kind.

        An unknown kind, of another release, has a general label.
        """
        action = self.data.get("action")
        if action in RepairAction.values:
            return str(RepairAction(action).label)
        if self.kind in EventKind.values:
            return str(EventKind(self.kind).label)
        return _("Something else happened")
