"""Somebody leaves: the account is deactivated, and the videos stay, change hands or are deleted.

An account that made something is never deleted: history, bills and sums name it.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ..models import Collection, Event, Generation


def has_history(person: User) -> bool:
    """Whether something names the account, so that it can be deactivated only."""
    return person.generations.exists() or Event.objects.filter(by=person).exists()


@transaction.atomic
def deactivate(person: User) -> None:
    """Nobody signs in with this account any more, and its sessions end."""
    person.is_active = False
    person.save(update_fields=["is_active"])


@transaction.atomic
def hand_over(person: User, to: User) -> int:
    """Give all generations, also those on their way, and the collections to somebody else.

    Returns how many generations.
    """
    Collection.objects.filter(owner=person).hand_over(to)
    return Generation.objects.owned_by(person).update(owner=to)


@transaction.atomic
def trash_videos(person: User) -> tuple[int, int]:
    """Put what is settled into the trash. Returns how many went there, and how many stay.

    What is on its way or in doubt stays: it would be billed unseen.
    """
    rows = Generation.objects.owned_by(person).not_trashed()
    gone = rows.settled().update(trashed_at=timezone.now())
    return gone, rows.count()
