"""Staff decisions: judged against what the reviewer saw, and written down one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..models.event import Event
from ..models.status import Review

LOOK = timedelta(minutes=10)  # how long a row stays marked "somebody is reviewing this"
NEVER = "never"


def as_time(version: str) -> datetime | None:
    return None if version == NEVER else datetime.fromisoformat(version)


class Reviewing:
    """What staff may decide about a row. Review never touches status."""

    @property
    def review_version(self) -> str:
        """A word for the decision that stands now. It changes with every decision."""
        return self.reviewed_at.isoformat() if self.reviewed_at else NEVER

    def record_review(
        self, decision: Review, *, by: Any, seen: str, reason: str = "", note: str = ""
    ) -> Event | None:
        """Write a staff decision and its Event. None if `seen` is not the decision that stands.

        `seen` is the `review_version` of the page the reviewer looked at, so that two reviewers
        never overwrite each other unseen. The Event keeps what stood before, for undoing.
        """
        if seen != self.review_version:
            return None
        now = timezone.now()
        changes = {
            "review": decision,
            "review_reason": reason,
            "review_note": note,
            "reviewed_by_id": by.pk,
            "reviewed_at": now,
        }
        data = {"from": self.review, "reason": reason, "before": self._standing()}
        return self._decide(changes, decision, by=by, data=data | {"at": now.isoformat()})

    def undo_review(self, decided: Event, *, by: Any) -> Event | None:
        """Put back what stood before `decided`. None if that decision stands no longer."""
        if decided.data.get("at") != self.review_version:
            return None
        before = decided.data["before"]
        changes = before | {"reviewed_at": as_time(before["reviewed_at"])}
        return self._decide(
            changes, "undone", by=by, data={"from": self.review, "to": before["review"]}
        )

    def _standing(self) -> dict[str, Any]:
        return {
            "review": self.review,
            "review_reason": self.review_reason,
            "review_note": self.review_note,
            "reviewed_by_id": self.reviewed_by_id,
            "reviewed_at": self.review_version,
        }

    def _decide(
        self, changes: dict[str, Any], kind: str, *, by: Any, data: dict[str, Any]
    ) -> Event | None:
        changes |= {"review_locked_by": None, "review_locked_until": None}
        rows = type(self).objects.succeeded().filter(pk=self.pk, review=self.review)
        with transaction.atomic():
            if not rows.filter(reviewed_at=self.reviewed_at).update(**changes):
                return None
            event = self.log_event(kind, by=by, note=changes["review_note"], data=data)
        for name, value in changes.items():
            setattr(self, name, value)
        return event

    def lock_for_review(self, by: Any, now: datetime | None = None) -> bool:
        """Say that `by` is reviewing this, for ten minutes. False while somebody else is."""
        now = now or timezone.now()
        free = Q(review_locked_by=None) | Q(review_locked_by=by) | Q(review_locked_until__lte=now)
        row = type(self).objects.filter(free, pk=self.pk)
        if not row.update(review_locked_by=by, review_locked_until=now + LOOK):
            return False
        self.review_locked_by, self.review_locked_until = by, now + LOOK
        return True

    def release_review_lock(self, by: Any) -> None:
        """Give the row back undecided."""
        row = type(self).objects.filter(pk=self.pk, review_locked_by=by)
        row.update(review_locked_by=None, review_locked_until=None)

    def reviewer_other_than(self, person: Any) -> Any:
        """Who else is reviewing this at the moment, or None."""
        if self.review_locked_until is None or self.review_locked_until <= timezone.now():
            return None
        return None if self.review_locked_by_id == person.pk else self.review_locked_by
