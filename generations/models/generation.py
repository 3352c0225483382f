"""The generation: one row from the request to the file, and how its status changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..sizes import IMAGE_SIZES
from .event import Event, EventKind
from .generation_indexes import CONSTRAINTS, INDEXES
from .origin import OriginKind
from .querysets import GenerationQuerySet
from .search import SearchTextField
from .status import ENDED, LIFETIME, NEXT, OPEN, SETTLED, BillingState, Review, Status, submit_lease


def picture_path(row: Generation, filename: str) -> str:
    extension = filename.rpartition(".")[2].lower()
    return f"pictures/{row.pk.hex[:2]}/{row.pk}.{extension}"


class Generation(models.Model):
    """One video: what was requested, and what became of it.

    The request is written once. `status` changes by `transition`, and by nothing else.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="generations",
        verbose_name=_("owner"),
    )
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="retries"
    )
    # No constraint in the database: processes of the previous release delete rows without knowing
    # this field.
    origin = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="made_from_it",
        db_index=False,
        db_constraint=False,
        verbose_name=_("made from"),
    )
    origin_kind = models.CharField(
        max_length=20, choices=OriginKind.choices, blank=True, default="", db_default=""
    )

    provider = models.CharField(_("service"), max_length=50)
    model = models.CharField(_("model"), max_length=100)
    prompt = models.TextField(_("prompt"), blank=True)
    negative_prompt = models.TextField(_("negative prompt"), blank=True)
    search_text = SearchTextField()
    size = models.CharField(_("size"), max_length=20)
    seed = models.PositiveIntegerField(_("seed"), null=True, blank=True)
    prompt_extend = models.BooleanField(_("prompt extend"), default=True)
    watermark = models.BooleanField(_("watermark"), default=False)
    source_image = models.FileField(
        _("picture"), upload_to=picture_path, blank=True, max_length=200
    )
    source_url = models.URLField(_("picture address"), blank=True, max_length=2048)

    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.QUEUED
    )
    due_at = models.DateTimeField(_("next step"), null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)  # when a worker began to save it
    attempts = models.PositiveIntegerField(default=0)
    remote_id = models.CharField(_("remote id"), max_length=255, null=True, blank=True)  # noqa: DJ001 (unique when known)
    endpoint = models.CharField(_("endpoint"), max_length=255, blank=True)
    remote_state = models.CharField(_("remote state"), max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=20, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)

    video = models.FileField(_("video"), blank=True, max_length=200)
    poster = models.FileField(_("poster"), blank=True, max_length=200)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    provider_data = models.JSONField(default=dict, blank=True, db_column="facts")

    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(_("sent"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    price = models.DecimalField(
        _("estimate (USD)"), max_digits=10, decimal_places=4, null=True, blank=True
    )
    billed = models.CharField(
        _("billed"), max_length=10, choices=BillingState.choices, default=BillingState.UNKNOWN
    )

    favourite = models.BooleanField(_("favourite"), default=False)
    shared = models.BooleanField(_("shared"), default=False)
    trashed_at = models.DateTimeField(_("in the trash since"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted for good"), null=True, blank=True)

    review = models.CharField(
        _("review"), max_length=10, choices=Review.choices, default=Review.PENDING
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    review_reason = models.CharField(_("reason"), max_length=30, blank=True)
    review_note = models.TextField(_("review note"), blank=True)
    review_locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_column="looked_at_by_id",
    )
    review_locked_until = models.DateTimeField(null=True, blank=True, db_column="looked_at_until")

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        permissions = [
            ("review_generation", _("Can review generations")),
            ("repair_generation", _("Can repair generations and services")),
            ("make_again_generation", _("Can make a generation again")),
            ("view_spend", _("Can see what was spent")),
        ]
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_image_to_video(self) -> bool:
        return self.size in IMAGE_SIZES

    @property
    def submit_lease(self) -> timedelta:
        """How long a claim to send it holds."""
        return submit_lease(with_upload=bool(self.source_image) and not self.source_url)

    @property
    def can_cancel(self) -> bool:
        """Cancelling is free and certain only before the row is sent."""
        return self.status == Status.QUEUED

    @property
    def can_trash(self) -> bool:
        """Rows that may still become a video, or be billed, cannot be trashed."""
        return self.status in SETTLED

    @property
    def file_names(self) -> list[str]:
        """The names of its stored files."""
        files = (self.video, self.poster, self.source_image)
        return [str(file.name) for file in files if file]

    @cached_property
    def done_at(self) -> str | None:
        """When the video was finished at the service, as ISO 8601; `for_cards` loads it."""
        done_at: str | None = self.provider_data.get("done_at")
        return done_at

    @property
    def expires_at(self) -> datetime | None:
        """When the service deletes the task; of a finished one, the file, as long after its end."""
        done_at = self.done_at if self.status == Status.STORING else None
        since = datetime.fromisoformat(done_at) if done_at else self.submitted_at
        return since and since + LIFETIME

    @property
    def is_expired_remotely(self) -> bool:
        return self.expires_at is not None and timezone.now() >= self.expires_at

    def start_submit(self, now: datetime) -> bool:
        """QUEUED to SUBMITTING: from now on it may cost money. Called only by `claim_submit`."""
        return self.transition(
            Status.SUBMITTING,
            due_at=now + self.submit_lease,
            submitted_at=now,
            error_code="",
            error_detail="",
        )

    def transition(
        self,
        status: Status,
        *,
        due_at: datetime | None = None,
        by: User | None = None,
        note: str = "",
        data: dict[str, Any] | None = None,
        **changes: Any,
    ) -> bool:
        """Leave the status the row was read in for `status`. False if it has changed meanwhile.

        In one transaction: the compare-and-set on status and `due_at` (which fences off a late
        worker), and the Event if the status changes. Raises ValueError for a transition
        that is not in `NEXT`.
        """
        if status not in NEXT[Status(self.status)]:
            raise ValueError(f"no way from {self.status} to {status}")
        changes |= {"status": status, "due_at": due_at, "claimed_at": None}
        if status != self.status:
            changes["finished_at"] = timezone.now() if status in ENDED else None
        with transaction.atomic():
            seen = Generation.objects.filter(pk=self.pk, status=self.status, due_at=self.due_at)
            if not seen.update(**changes):
                return False
            if status != self.status:
                note = note or changes.get("error_detail", "")
                self.log_event(EventKind(status), by=by, note=note, data=data)
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def mark_running(self, remote_id: str, *, endpoint: str, due_at: datetime) -> bool:
        """The provider gave an id: RUNNING, whatever the row became. An id ends all doubt.

        False only if the row has its video already or belongs to another remote task by now.
        """
        running: dict[str, Any] = {"remote_id": remote_id, "endpoint": endpoint, "due_at": due_at}
        running |= {"attempts": 0, "trashed_at": None, "deleted_at": None}
        while not self.transition(Status.RUNNING, error_code="", error_detail="", **running):
            self.refresh_from_db()
            if Status.RUNNING not in NEXT[Status(self.status)] or self.remote_id:
                return self.remote_id == remote_id
        return True

    def extend_lease(self, until: datetime) -> bool:
        """Hold the claim until `until`. False if it was lost: then stop at once."""
        held = Generation.objects.filter(pk=self.pk, status=self.status, due_at=self.due_at)
        if not held.update(due_at=until):
            return False
        self.due_at = until
        return True

    def log_event(
        self,
        kind: EventKind,
        *,
        by: User | None = None,
        note: str = "",
        data: dict[str, Any] | None = None,
    ) -> Event:
        """Record that something happened."""
        return Event.objects.create(generation=self, kind=kind, by=by, note=note, data=data or {})

    def log_event_once(
        self, kind: EventKind, *, note: str, data: dict[str, Any] | None = None
    ) -> bool:
        """Record it unless an event of this kind with the same note exists: then False."""
        if self.events.filter(kind=kind, note=note).exists():
            return False
        self.log_event(kind, note=note, data=data)
        return True

    def cancel(self, by: User, note: str = "") -> bool:
        """End the row before it is sent. False if a worker claimed it first."""
        return self.status == Status.QUEUED and self.transition(
            Status.CANCELED, by=by, note=note, billed=BillingState.NO
        )
