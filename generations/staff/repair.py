"""Repairs of rows by staff. The data of the provider are never edited.

Each function is one action of a person: it writes an event with who and why, or returns False.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import BillingState, EventKind, Generation, RepairAction, Status
from ..worker.task_queue import enqueue

STUCK = frozenset({Status.FAILED, Status.UNCONFIRMED})


def can_check_again(row: Generation) -> bool:
    return row.status in STUCK and bool(row.remote_id)


def can_attach(row: Generation) -> bool:
    """The row may be a task of the provider whose ID is not known here.

    That includes a queued row: after a restored backup, it may have been sent.
    """
    was_sent = row.status in STUCK and row.submitted_at is not None
    return not row.remote_id and (was_sent or row.status == Status.QUEUED)


def can_save_again(row: Generation) -> bool:
    return row.status == Status.STORING


def can_release_slot(row: Generation) -> bool:
    """The row may run for so long that others wait for its slot."""
    released = row.events.filter(kind=EventKind.PLACE_RELEASED)
    return row.status == Status.RUNNING and not released.exists()


def can_resolve_billing(row: Generation) -> bool:
    """A person must decide whether it was billed."""
    return row.status in STUCK and row.billed == BillingState.UNKNOWN


def can_make_again(row: Generation) -> bool:
    return row.status in STUCK


def check_again(row: Generation, *, by: User | None, note: str) -> bool:
    """Poll a task with a known ID again. Free."""
    return can_check_again(row) and _resume_polling(row, RepairAction.CHECK_AGAIN, by=by, note=note)


def attach(row: Generation, remote_id: str, *, endpoint: str, by: User | None, note: str) -> bool:
    """The row is that remote task of `endpoint`. False if another row has it."""
    if not can_attach(row) or not remote_id:
        return False
    changes = {
        "remote_id": remote_id,
        "endpoint": endpoint,
        "submitted_at": row.submitted_at or timezone.now(),
    }
    try:
        with transaction.atomic():
            return _resume_polling(row, RepairAction.ATTACH, by=by, note=note, **changes)
    except IntegrityError:
        return False


def release_slot(row: Generation, *, by: User | None, note: str) -> bool:
    """Let the next row be sent. This one is still polled, and saved if it ends."""
    with transaction.atomic():
        locked = Generation.objects.select_for_update().get(pk=row.pk)
        if not can_release_slot(locked):
            return False
        locked.log_event(EventKind.PLACE_RELEASED, by=by, note=note)
        enqueue("submit_queued", locked.provider, locked.model)
    return True


def _resume_polling(
    row: Generation, action: RepairAction, *, by: User | None, note: str, **changes: Any
) -> bool:
    changes |= {"attempts": 0, "error_code": "", "error_detail": "", "remote_state": ""}
    # Rows that may still become a video must stay visible.
    changes |= {"trashed_at": None, "deleted_at": None}
    data = {"action": action, "remote_id": changes.get("remote_id", row.remote_id)}
    with transaction.atomic():
        moved = row.transition(
            Status.RUNNING, due_at=timezone.now(), by=by, note=note, data=data, **changes
        )
        transaction.on_commit(Generation.objects.ensure_poller, robust=True)
    return moved


def save_again(row: Generation, *, by: User | None, note: str) -> bool:
    """Start the download again, now. A download under way notices and stops."""
    if not can_save_again(row):
        return False
    with transaction.atomic():
        moved = row.transition(Status.STORING, due_at=timezone.now(), attempts=0)
        if moved:
            row.log_event(EventKind.SAVE_AGAIN, by=by, note=note)
            enqueue("store_due")
    return moved


def resolve_billing(row: Generation, billed: BillingState, *, by: User | None, note: str) -> bool:
    """Record a person's decision about the bill. An unconfirmed row fails."""
    if not can_resolve_billing(row) or billed == BillingState.UNKNOWN:
        return False
    data = {"action": RepairAction.SETTLE, "billed": billed}
    if row.status == Status.UNCONFIRMED:
        return row.transition(Status.FAILED, billed=billed, by=by, note=note, data=data)
    unresolved = Generation.objects.filter(
        pk=row.pk, status=row.status, billed=BillingState.UNKNOWN
    )
    with transaction.atomic():
        if not unresolved.update(billed=billed):
            return False
        row.billed = billed
        row.log_event(EventKind.SETTLED, by=by, note=note, data=data)
    return True
