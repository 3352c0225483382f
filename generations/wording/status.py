"""What a card says of a row in each of its states.

Rows are read by their plain values (`status`, `error_code` ...): this knows no model.
"Not billed" is said only where nothing was sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..providers.base import RemoteState
from ..providers.errors import ErrorCode
from .errors import AGAIN, AUTOMATIC, EDIT, RESTORED, WARNED, next_step, retry, sentence
from .review import reject_reason

# State -> what picks icon and colour, and its title.
STATES: dict[str, tuple[str, Any]] = {
    "unconfigured": ("waiting", gettext_lazy("Waiting")),
    "paused": ("waiting", gettext_lazy("Waiting")),
    "resting": ("waiting", gettext_lazy("Waiting")),
    "held_up": ("waiting", gettext_lazy("Waiting")),
    "waiting": ("waiting", gettext_lazy("Waiting")),
    "sending": ("working", gettext_lazy("Sending")),
    "unreachable": ("waiting", gettext_lazy("Waiting")),
    "unknown": ("waiting", gettext_lazy("Waiting")),
    "refused_poll": ("waiting", gettext_lazy("Waiting")),
    "queued": ("working", gettext_lazy("In the provider's queue")),
    "generating": ("working", gettext_lazy("Generating")),
    "late": ("waiting", gettext_lazy("Late")),
    "saving": ("working", gettext_lazy("Saving")),
    "unsaved": ("waiting", gettext_lazy("Saving")),
    "ready": ("ready", gettext_lazy("Ready")),
    "rejected": ("ended", gettext_lazy("Hidden by a reviewer")),
    "lost": ("failed", gettext_lazy("Lost")),
    "failed": ("failed", gettext_lazy("Failed")),
    "cancelled": ("ended", gettext_lazy("Cancelled")),
    "unconfirmed": ("doubt", gettext_lazy("Not confirmed")),
}
BILLED_ANYWAY = gettext_lazy("Already sent: it will be billed even if you leave.")


@dataclass(frozen=True)
class State:
    """What a card says. `retry` is what fits next, as in `retry()`; empty while nothing is."""

    name: str
    sentence: str
    next_step: str = ""
    retry: str = ""

    @property
    def kind(self) -> str:
        """`waiting`, `working`, `ready`, `failed`, `doubt` or `ended`."""
        return STATES[self.name][0]

    @property
    def title(self) -> str:
        return str(STATES[self.name][1])

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


def state(row: Any, place: Place | None = None) -> State:
    """What to say of `row` now."""
    place = place or Place(label=row.provider)
    if row.status == "running" and place.label and row.error_code == ErrorCode.POLL:
        return State("refused_poll", sentence(ErrorCode.POLL), next_step(ErrorCode.POLL))
    if row.status == "running" and is_late(row) and row.remote_state != RemoteState.GONE:
        return _late(row)
    return SAY[row.status](row, place)


def is_late(row: Any) -> bool:
    """True if it has been at the service for longer than the operator calls usual."""
    ceiling = timedelta(minutes=settings.WANSTUDIO_LATE_MINUTES)
    return bool(row.submitted_at) and timezone.now() - row.submitted_at > ceiling


def _queued(row: Any, place: Place) -> State:
    if not place.label:
        return State(
            "unconfigured",
            _("Waiting: this provider is not set up at the moment."),
            _("It is sent once the provider is set up again. Nothing was billed."),
        )
    if place.pause_code:
        mend = _("It waits, and is sent once staff have fixed this. Nothing was billed.")
        looked = next_step(RESTORED) if place.pause_code == RESTORED else mend
        return State("paused", sentence(place.pause_code), looked)
    if place.resting or place.outage_code:
        code = _pause_reason(row, place)
        return State("resting", sentence(code), next_step(code))
    if place.blocked:
        return State(
            "held_up",
            _("Waiting: earlier videos take much longer than usual at the provider."),
            _("It is sent as soon as one of their places is free. Nothing was billed."),
        )
    return State("waiting", _waiting(place.ahead))


def _waiting(ahead: int) -> str:
    if not ahead:
        return _("Waiting to be sent")
    text = ngettext(
        "Waiting to be sent · %(count)d ahead", "Waiting to be sent · %(count)d ahead", ahead
    )
    return text % {"count": ahead}


def _pause_reason(row: Any, place: Place) -> str:
    """What failed, or that the provider is busy while that is all there is to say."""
    code = place.outage_code or row.error_code
    if code in (ErrorCode.UNREACHABLE, ErrorCode.STORAGE, ErrorCode.DISK):
        return str(code)
    return ErrorCode.UNREACHABLE if place.outage_code else ErrorCode.RATE


def _submitting(row: Any, place: Place) -> State:
    return State("sending", _("Sending to %(service)s…") % {"service": place.label or row.provider})


def _running(row: Any, place: Place) -> State:
    if not place.label:
        name = "unreachable"
        text = _("This provider is not set up at the moment. We ask it again once it is.")
    elif row.remote_state == RemoteState.GONE:
        name = "unknown"
        text = _("The provider does not know this task at the moment. We keep asking.")
    else:
        name = "generating" if row.remote_state == RemoteState.RUNNING else "queued"
        text = str(STATES[name][1])
    return State(name, text, str(BILLED_ANYWAY))


def _late(row: Any) -> State:
    text = _("Taking much longer than usual. We keep checking for 24 hours.")
    if timezone.now() >= row.expires_at:
        text = _("The provider still says that it is making this. We keep checking while it does.")
    return State("late", text, str(BILLED_ANYWAY))


def _storing(row: Any, place: Place) -> State:
    if row.error_code != ErrorCode.SAVE:
        return State("saving", _("Finished. Saving a copy…"))
    text = sentence(ErrorCode.SAVE, until=row.expires_at)
    return State("unsaved", text, next_step(ErrorCode.SAVE))


def _succeeded(row: Any, place: Place) -> State:
    if row.review != "rejected":
        return State("ready", _("Ready"))
    reason = reject_reason(row.review_reason, row.review_note)
    text = _("Hidden by a reviewer: %(reason)s") % {"reason": reason}
    return State("rejected", text if reason else _("Hidden by a reviewer."), retry=EDIT)


def _failed(row: Any, place: Place) -> State:
    code = row.error_code
    if retry(code) == AUTOMATIC:  # that was said of rows that are tried again, and this is none
        code = ErrorCode.PROVIDER
    ending = next_step(code), retry(code)
    if code == ErrorCode.EXPIRED:
        return State("lost", _("The provider no longer has this video."), *ending)
    return State("failed", sentence(code), *ending)


def _canceled(row: Any, place: Place) -> State:
    text = _("Cancelled before it was sent. Nothing was billed.")
    return State("cancelled", text, retry=EDIT)


def _unconfirmed(row: Any, place: Place) -> State:
    text = _("We could not confirm that the provider received this.")
    return State("unconfirmed", text, next_step(ErrorCode.UNCONFIRMED), WARNED)


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
