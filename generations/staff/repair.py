"""What staff may do about a row that went astray. Facts of the service are never edited."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models.event import PLACE_RELEASED
from ..models.status import BillingState, Status
from ..worker.task_queue import enqueue

STRANDED = frozenset({Status.FAILED, Status.UNCONFIRMED})


class Repairing:
    """Each verb is one step of a person: it writes an Event with who and why, or returns False."""

    @property
    def can_check_again(self) -> bool:
        return self.status in STRANDED and bool(self.remote_id)

    @property
    def can_attach(self) -> bool:
        """It may be a task of the service whose id is not known here.

        A row that waits may be one, too: a restored backup does not know that it was sent.
        """
        was_sent = self.status in STRANDED and self.submitted_at is not None
        return not self.remote_id and (was_sent or self.status == Status.QUEUED)

    @property
    def can_save_again(self) -> bool:
        return self.status == Status.STORING

    @property
    def can_release_place(self) -> bool:
        """It runs for so long that others wait for its place."""
        return self.status == Status.RUNNING and not self._place_is_released()

    def _place_is_released(self) -> bool:
        return bool(self.events.filter(kind=PLACE_RELEASED).exists())

    @property
    def can_resolve_billing(self) -> bool:
        """A person must say whether it was billed."""
        return self.status in STRANDED and self.billed == BillingState.UNKNOWN

    @property
    def can_make_again(self) -> bool:
        return self.status in STRANDED

    def check_again(self, *, by: Any, note: str) -> bool:
        """Ask the service once more about a task whose id is known. Free."""
        return self.can_check_again and self._run_again("check_again", by=by, note=note)

    def attach(self, remote_id: str, *, endpoint: str, by: Any, note: str) -> bool:
        """This row is that remote task of `endpoint`. False too if another row already is."""
        if not self.can_attach or not remote_id:
            return False
        try:
            with transaction.atomic():
                asked = {"remote_id": remote_id, "endpoint": endpoint}
                asked["submitted_at"] = self.submitted_at or timezone.now()
                return self._run_again("attach", by=by, note=note, **asked)
        except IntegrityError:
            return False

    def _run_again(self, action: str, *, by: Any, note: str, **changes: Any) -> bool:
        changes |= {"attempts": 0, "error_code": "", "error_detail": "", "remote_state": ""}
        changes["trashed_at"] = None  # what comes home is to be seen
        data = {"action": action, "remote_id": changes.get("remote_id", self.remote_id)}
        with transaction.atomic():
            moved = self.transition(
                Status.RUNNING, due_at=timezone.now(), by=by, note=note, data=data, **changes
            )
            transaction.on_commit(type(self).objects.ensure_poller, robust=True)
        return moved

    def save_again(self, *, by: Any, note: str) -> bool:
        """Begin the download anew, now. A download under way notices and stops."""
        if not self.can_save_again:
            return False
        with transaction.atomic():
            moved = self.transition(Status.STORING, due_at=timezone.now(), attempts=0)
            if moved:
                self.log_event("save_again", by=by, note=note)
                enqueue("store_video", self.pk)
        return moved

    def release_place(self, *, by: Any, note: str) -> bool:
        """Let the next one be sent. This one is asked about as before and saved if it ends."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            if not row.can_release_place:
                return False
            row.log_event(PLACE_RELEASED, by=by, note=note)
            enqueue("submit", row.provider, row.model)
        return True

    def resolve_billing(self, billed: BillingState, *, by: Any, note: str) -> bool:
        """A person has looked at the bill. An unconfirmed row ends here."""
        if not self.can_resolve_billing or billed == BillingState.UNKNOWN:
            return False
        data = {"action": "settle", "billed": billed}
        if self.status == Status.UNCONFIRMED:
            return self.transition(Status.FAILED, billed=billed, by=by, note=note, data=data)
        unsettled = type(self).objects.filter(
            pk=self.pk, status=self.status, billed=BillingState.UNKNOWN
        )
        with transaction.atomic():
            if not unsettled.update(billed=billed):
                return False
            self.billed = billed
            self.log_event("settled", by=by, note=note, data=data)
        return True
