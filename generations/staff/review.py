"""Review decisions, based on what the reviewer saw, and recorded one by one."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ..models import Event, EventKind, Generation, Review

LOCK_TIME = timedelta(minutes=10)  # how long a row stays locked for a reviewer
NEVER = "never"


def review_version(row: Generation) -> str:
    """Identifies the current decision. It changes with every decision."""
    return row.reviewed_at.isoformat() if row.reviewed_at else NEVER


def record_review(
    row: Generation, decision: Review, *, by: User, seen: str, reason: str = "", note: str = ""
) -> Event | None:
    """Record a decision and its Event. None if `seen` is not the decision that stands.

    `seen` is the `review_version` of the page the reviewer looked at, so that two reviewers
    never overwrite each other unseen. The Event keeps what stood before, for undoing. Review
    never touches status.
    """
    if seen != review_version(row):
        return None
    now = timezone.now()
    changes = {
        "review": decision,
        "review_reason": reason,
        "review_note": note,
        "reviewed_by_id": by.pk,
        "reviewed_at": now,
    }
    before = {name: getattr(row, name) for name in changes} | {"reviewed_at": seen}
    data = {"from": row.review, "reason": reason, "before": before, "at": now.isoformat()}
    return _write(row, changes, EventKind(decision), by=by, data=data)


def undo_review(row: Generation, decided: Event, *, by: User) -> Event | None:
    """Restore the state before `decided`. None if that is no longer the current decision."""
    if decided.data.get("at") != review_version(row):
        return None
    before = decided.data["before"]
    version = before["reviewed_at"]
    reviewed_at = None if version == NEVER else datetime.fromisoformat(version)
    data = {"from": row.review, "to": before["review"]}
    return _write(row, before | {"reviewed_at": reviewed_at}, EventKind.UNDONE, by=by, data=data)


def _write(
    row: Generation, changes: dict[str, Any], kind: EventKind, *, by: User, data: dict[str, Any]
) -> Event | None:
    changes |= {"review_locked_by": None, "review_locked_until": None}
    seen = Generation.objects.succeeded().filter(
        pk=row.pk, review=row.review, reviewed_at=row.reviewed_at
    )
    with transaction.atomic():
        if not seen.update(**changes):
            return None
        event = row.log_event(kind, by=by, note=changes["review_note"], data=data)
    for name, value in changes.items():
        setattr(row, name, value)
    return event


def lock_for_review(row: Generation, by: User, now: datetime | None = None) -> bool:
    """Mark that `by` reviews this row, for ten minutes. False while another person does."""
    until = (now or timezone.now()) + LOCK_TIME
    unlocked = Generation.objects.not_locked_by_others(by, now).filter(pk=row.pk)
    if not unlocked.update(review_locked_by=by, review_locked_until=until):
        return False
    row.review_locked_by, row.review_locked_until = by, until
    return True


def release_review_lock(row: Generation, by: User) -> None:
    """Remove the lock of `by`, who leaves the row undecided."""
    locked = Generation.objects.filter(pk=row.pk, review_locked_by=by)
    locked.update(review_locked_by=None, review_locked_until=None)


def reviewer_other_than(row: Generation, user: User) -> User | None:
    """Another person who reviews this row at the moment, or None."""
    if row.review_locked_until is None or row.review_locked_until <= timezone.now():
        return None
    return None if row.review_locked_by_id == user.pk else row.review_locked_by
