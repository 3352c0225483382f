"""The vocabulary of staff: rows that somebody should look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from .status import Review, Status
from .submit_throttle import SubmitThrottle

SEED_MAX = 2_147_483_647
MAX_PEOPLE = 50


def late_after() -> timedelta:
    """How long after it was sent a generation is late."""
    return timedelta(minutes=settings.WANSTUDIO_LATE_MINUTES)


class StaffRows(models.QuerySet):
    def waiting_for_review(self) -> Self:
        """Finished, kept, undecided."""
        return self._reviewed(Review.PENDING).filter(trashed_at__isnull=True)

    def not_locked_by_others(self, person: Any) -> Self:
        """Rows that no colleague is reviewing at the moment."""
        free = (
            Q(review_locked_by=None)
            | Q(review_locked_by=person)
            | Q(review_locked_until__lte=timezone.now())
        )
        return self.filter(free)

    def rejected(self) -> Self:
        return self._reviewed(Review.REJECTED)

    def flagged(self) -> Self:
        return self._reviewed(Review.FLAGGED)

    def _reviewed(self, review: Review) -> Self:
        return self.filter(status=Status.SUCCEEDED, review=review)

    def failed(self) -> Self:
        return self.filter(status=Status.FAILED)

    def late(self, now: datetime | None = None) -> Self:
        """At the service for longer than is usual."""
        before = (now or timezone.now()) - late_after()
        return self.filter(status=Status.RUNNING, submitted_at__lt=before)

    def blocked(self) -> Self:
        """Waiting in a line that a person must open again."""
        paused = Q(pk__in=[])
        for provider, model in SubmitThrottle.objects.paused().values_list("provider", "model"):
            paused |= Q(provider=provider, model=model)
        return self.filter(paused, status=Status.QUEUED)

    def for_cards(self) -> Self:
        """What a card shows: the person, and of all the facts `reported` and `done_at` alone."""
        rows = self.select_related("owner", "review_locked_by").defer("provider_data")
        return rows.annotate(
            reported=KeyTextTransform("cost", "provider_data"),
            done_at=KeyTextTransform("done_at", "provider_data"),
        )

    def search(self, text: str) -> Self:
        """Rows with `text` in the prompt or the person's name, or with that id, remote id, seed."""
        text = text.strip()
        if not text:
            return self
        if (pk := as_uuid(text)) is not None:
            return self.filter(Q(pk=pk) | Q(remote_id=text))
        wanted = Q(prompt__contains_text=text) | Q(remote_id=text) | Q(owner__in=people_named(text))
        if text.isascii() and text.isdecimal() and int(text) <= SEED_MAX:
            wanted |= Q(seed=int(text))
        return self.filter(wanted)


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def people_named(text: str) -> list[Any]:
    people = get_user_model().objects.filter(username__icontains=text)
    return list(people.values_list("pk", flat=True)[:MAX_PEOPLE])
