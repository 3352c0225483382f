"""A person leaves: the account is deactivated; the videos stay, move or are deleted.

An account with generations is never deleted: the history, bills and totals refer to it.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ..models import Collection, Event, Generation


def has_history(person: User) -> bool:
    """Whether something refers to the account, so that it can only be deactivated."""
    return person.generations.exists() or Event.objects.filter(by=person).exists()


def deactivate(person: User) -> None:
    """Nobody can sign in with this account, and its sessions end."""
    person.is_active = False
    person.save(update_fields=["is_active"])


@transaction.atomic
def hand_over(person: User, to: User) -> int:
    """Give all generations, including open ones, and the collections to another person.

    Returns the number of generations.
    """
    Collection.objects.filter(owner=person).hand_over(to)
    return Generation.objects.owned_by(person).update(owner=to)


@transaction.atomic
def trash_videos(person: User) -> tuple[int, int]:
    """Move settled rows to the trash. Returns how many were moved, and how many stay.

    Open and unconfirmed rows stay, because they may be billed.
    """
    rows = Generation.objects.owned_by(person).not_trashed()
    gone = rows.settled().update(trashed_at=timezone.now())
    return gone, rows.count()
