"""What a card says of a row in each of its states.

Rows are read by their plain values (`status`, `error_code` ...): this knows no model.
"Not billed" is said only where nothing was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..providers.base import ErrorCode, RemoteState
from .errors import (
    AGAIN,
    AUTOMATIC,
    EDIT,
    RESTORED,
    WARNED,
    next_step,
    reject_reason,
    retry,
    sentence,
)


@dataclass(frozen=True, kw_only=True)
class State:
    """What a card says.

    `kind` picks icon and colour: waiting, working, ready, failed, doubt or ended. `retry` is
    what fits next, as in `retry()`; empty while nothing is to be done.
    """

    name: str
    title: str
    sentence: str
    kind: str
    next_step: str = ""
    retry: str = ""

    @property
    def can_retry(self) -> bool:
        """True if the same ask may well succeed as a new video."""
        return self.retry == AGAIN

    @property
    def can_edit(self) -> bool:
        """True if it can go back to the form; what failed always can, whatever fits best."""
        return self.kind == "failed" or self.retry in (EDIT, AGAIN)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a row stands with its service; what no row knows of itself.

    `label` is the service's name, empty if it is no longer set up. `ahead` counts the rows
    before it. `pause_code` is why staff must act, `resting` that sending is tried again soon,
    `outage_code` why it has failed for minutes, `blocked` that videos which do not end hold all
    places.
    """

    label: str = ""
    ahead: int = 0
    pause_code: str = ""
    resting: bool = False
    outage_code: str = ""
    blocked: bool = False


def state(row: Any, place: Place | None = None, now: datetime | None = None) -> State:
    """What to say of `row` now."""
    place = place or Place(label=row.provider)
    if row.status == "running" and place.label and row.error_code == ErrorCode.POLL:
        return _refused_poll(row)
    if row.status == "running" and is_late(row, now) and row.remote_state != RemoteState.GONE:
        return _late(row, place)
    return SAY[row.status](row, place)


def is_late(row: Any, now: datetime | None = None) -> bool:
    """True if it has been at the service for longer than the operator calls usual."""
    ceiling = timedelta(minutes=settings.WANSTUDIO_LATE_MINUTES)
    return bool(row.submitted_at) and (now or timezone.now()) - row.submitted_at > ceiling


def _queued(row: Any, place: Place) -> State:
    waiting = {"kind": "waiting", "title": _("Waiting")}
    if not place.label:
        return State(
            name="unconfigured",
            sentence=_("Waiting: this provider is not set up at the moment."),
            next_step=_("It is sent once the provider is set up again. Nothing was billed."),
            **waiting,
        )
    if place.pause_code:
        mend = _("It waits, and is sent once staff have fixed this. Nothing was billed.")
        return State(
            name="paused",
            sentence=sentence(place.pause_code),
            next_step=next_step(RESTORED) if place.pause_code == RESTORED else mend,
            **waiting,
        )
    if place.resting or place.outage_code:
        code = _why_it_rests(row, place)
        return State(name="resting", sentence=sentence(code), next_step=next_step(code), **waiting)
    if place.blocked:
        return State(
            name="held_up",
            sentence=_("Waiting: earlier videos take much longer than usual at the provider."),
            next_step=_("It is sent as soon as one of their places is free. Nothing was billed."),
            **waiting,
        )
    return State(name="waiting", sentence=_waiting(place.ahead), **waiting)


def _why_it_rests(row: Any, place: Place) -> str:
    """What failed, or that the provider is busy while that is all there is to say."""
    code = place.outage_code or row.error_code
    if code in (ErrorCode.UNREACHABLE, ErrorCode.STORAGE, ErrorCode.DISK):
        return str(code)
    return ErrorCode.UNREACHABLE if place.outage_code else ErrorCode.RATE


def _waiting(ahead: int) -> str:
    if not ahead:
        return _("Waiting to be sent")
    text = ngettext(
        "Waiting to be sent · %(count)d ahead", "Waiting to be sent · %(count)d ahead", ahead
    )
    return text % {"count": ahead}


def _submitting(row: Any, place: Place) -> State:
    text = _("Sending to %(service)s…") % {"service": place.label or row.provider}
    return State(name="sending", title=_("Sending"), sentence=text, kind="working")


def _running(row: Any, place: Place) -> State:
    note = _("Already sent: it will be billed even if you leave.")
    if not place.label:
        text = _("This provider is not set up at the moment. We ask it again once it is.")
        return State(
            name="unreachable", title=_("Waiting"), sentence=text, kind="waiting", next_step=note
        )
    if row.remote_state == RemoteState.GONE:
        text = _("The provider does not know this task at the moment. We keep asking.")
        return State(
            name="unknown", title=_("Waiting"), sentence=text, kind="waiting", next_step=note
        )
    if row.remote_state == RemoteState.RUNNING:
        title = _("Generating")
        return State(name="generating", title=title, sentence=title, kind="working", next_step=note)
    title = _("In the provider's queue")
    return State(name="queued", title=title, sentence=title, kind="working", next_step=note)


def _refused_poll(row: Any) -> State:
    return State(
        name="refused_poll",
        title=_("Waiting"),
        sentence=sentence(ErrorCode.POLL),
        kind="waiting",
        next_step=next_step(ErrorCode.POLL),
    )


def _late(row: Any, place: Place) -> State:
    text = _("Taking much longer than usual. We keep checking for 24 hours.")
    if timezone.now() >= row.expires_at:
        text = _("The provider still says that it is making this. We keep checking while it does.")
    return State(
        name="late",
        title=_("Late"),
        sentence=text,
        kind="waiting",
        next_step=_("Already sent: it will be billed even if you leave."),
    )


def _storing(row: Any, place: Place) -> State:
    title = _("Saving")
    if row.error_code != ErrorCode.SAVE:
        text = _("Finished. Saving a copy…")
        return State(name="saving", title=title, sentence=text, kind="working")
    return State(
        name="unsaved",
        title=title,
        sentence=sentence(ErrorCode.SAVE, until=row.expires_at),
        kind="waiting",
        next_step=next_step(ErrorCode.SAVE),
    )


def _succeeded(row: Any, place: Place) -> State:
    if row.review != "rejected":
        return State(name="ready", title=_("Ready"), sentence=_("Ready"), kind="ready")
    reason = reject_reason(row.review_reason, row.review_note)
    text = _("Hidden by a reviewer: %(reason)s") % {"reason": reason}
    return State(
        name="rejected",
        title=_("Hidden by a reviewer"),
        sentence=text if reason else _("Hidden by a reviewer."),
        kind="ended",
        retry=EDIT,
    )


def _failed(row: Any, place: Place) -> State:
    code = row.error_code
    if retry(code) == AUTOMATIC:  # that was said of rows that are tried again, and this is none
        code = ErrorCode.PROVIDER
    ending = {"kind": "failed", "next_step": next_step(code), "retry": retry(code)}
    if code == ErrorCode.EXPIRED:
        text = _("The provider no longer has this video.")
        return State(name="lost", title=_("Lost"), sentence=text, **ending)
    return State(name="failed", title=_("Failed"), sentence=sentence(code), **ending)


def _canceled(row: Any, place: Place) -> State:
    return State(
        name="cancelled",
        title=_("Cancelled"),
        sentence=_("Cancelled before it was sent. Nothing was billed."),
        kind="ended",
        retry=EDIT,
    )


def _unconfirmed(row: Any, place: Place) -> State:
    return State(
        name="unconfirmed",
        title=_("Not confirmed"),
        sentence=_("We could not confirm that the provider received this."),
        kind="doubt",
        next_step=next_step(ErrorCode.UNCONFIRMED),
        retry=WARNED,
    )


SAY: dict[str, Callable[[Any, Place], State]] = {
    "queued": _queued,
    "submitting": _submitting,
    "running": _running,
    "storing": _storing,
    "succeeded": _succeeded,
    "failed": _failed,
    "canceled": _canceled,
    "unconfirmed": _unconfirmed,
}
