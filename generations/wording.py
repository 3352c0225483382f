"""One sentence for every end and every state, and what a person can do next.

Rows are read by their plain values (`status`, `error_code` ...): this file knows no model.
"Not billed" is said only where nothing was sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .providers.base import ErrorCode, RemoteState

# What may follow an error. Nothing of it happens by itself but what is automatic and free.
NOTHING, AUTOMATIC, EDIT, AGAIN, WARNED = "nothing", "automatic", "edit", "again", "warned"


@dataclass(frozen=True)
class Words:
    """What is said of one class of errors: sentence, what to do next, and which button fits."""

    sentence: Any
    next_step: Any
    retry: str = NOTHING


EDIT_TEXT = gettext_lazy("Edit the prompt and send it as a new video.")
EDIT_PICTURE = gettext_lazy("Choose another picture and send it as a new video.")
STAFF_MEND = gettext_lazy("You need not do anything. Staff have to mend this first.")

WORDS: dict[str, Words] = {
    ErrorCode.CONTENT: Words(
        gettext_lazy(
            "The provider's safety check refused this text or the finished video. "
            "Reword the prompt and try again."
        ),
        EDIT_TEXT,
        EDIT,
    ),
    ErrorCode.IP: Words(
        gettext_lazy(
            "The provider thinks this may copy a protected character, brand or work. "
            "Describe it without names."
        ),
        EDIT_TEXT,
        EDIT,
    ),
    ErrorCode.INPUT: Words(
        gettext_lazy(
            "The provider did not accept these settings. "
            "This is probably our fault; staff have been told."
        ),
        STAFF_MEND,
    ),
    ErrorCode.IMAGE: Words(
        gettext_lazy(
            "The provider could not read your picture. Use JPEG, PNG without transparency, "
            "BMP or WEBP, 360–2000 px per side, up to 10 MB."
        ),
        EDIT_PICTURE,
        EDIT,
    ),
    ErrorCode.TOO_LARGE: Words(
        gettext_lazy("The request was too large. Use a smaller picture."), EDIT_PICTURE, EDIT
    ),
    ErrorCode.RATE: Words(
        gettext_lazy("The provider is busy. We will send this for you in a moment."),
        gettext_lazy("Still waiting, nothing sent."),
        AUTOMATIC,
    ),
    ErrorCode.QUOTA: Words(
        gettext_lazy("The studio's allowance at the provider is used up. Staff have been told."),
        STAFF_MEND,
    ),
    ErrorCode.BILLING: Words(
        gettext_lazy("The studio's provider account needs attention. Staff have been told."),
        STAFF_MEND,
    ),
    ErrorCode.AUTH: Words(
        gettext_lazy("The studio is not connected to the provider. Staff have been told."),
        STAFF_MEND,
    ),
    ErrorCode.ACCESS: Words(
        gettext_lazy("This model is not available to the studio right now."), STAFF_MEND
    ),
    ErrorCode.PROVIDER: Words(
        gettext_lazy("The provider failed while making the video. You can try again."),
        gettext_lazy("Trying again makes a new video."),
        AGAIN,
    ),
    ErrorCode.UNCONFIRMED: Words(
        gettext_lazy(
            "We could not confirm that the provider received this, so we did not send it again."
        ),
        gettext_lazy("Check with staff. Sending it again may be billed twice."),
        WARNED,
    ),
    ErrorCode.EXPIRED: Words(
        gettext_lazy("The provider no longer has this task. Results are kept for 24 hours."),
        gettext_lazy("Making it again makes a new video."),
        AGAIN,
    ),
    ErrorCode.LATE: Words(
        gettext_lazy("Taking much longer than usual. We keep checking."),
        gettext_lazy("You need not do anything. We keep checking for 24 hours."),
        AUTOMATIC,
    ),
    ErrorCode.SAVE: Words(
        gettext_lazy("The video is finished but could not be saved yet. We keep trying."),
        gettext_lazy("You need not do anything. Saving is free."),
        AUTOMATIC,
    ),
}

# Key on the row -> what its owner reads.
REJECT_REASONS: dict[str, Any] = {
    "violence": gettext_lazy("It shows violence or cruelty."),
    "sexual": gettext_lazy("It shows sexual content."),
    "hate": gettext_lazy("It insults or threatens people."),
    "person": gettext_lazy("It shows a real person who may not have agreed."),
    "rights": gettext_lazy("It may copy a protected character, brand or work."),
    "misleading": gettext_lazy("It could be taken for real events."),
    "quality": gettext_lazy("The video is broken or does not show what was asked."),
}


def words(code: str) -> Words:
    """What is said of `code`; of a code that nobody knows, what is said of a provider's failure."""
    return WORDS.get(code, WORDS[ErrorCode.PROVIDER])


def sentence(code: str, *, until: datetime | None = None, for_staff: bool = False) -> str:
    """What happened, for people. `until`: how long saving is tried again."""
    if code == ErrorCode.SAVE and until:
        text = _("The video is finished but could not be saved yet. We keep trying until %(time)s.")
        return text % {"time": date_format(timezone.localtime(until), "DATETIME_FORMAT")}
    if code == ErrorCode.AUTH and for_staff:
        return _("The studio is not connected to the provider. Key and region must match.")
    return str(words(code).sentence)


def next_step(code: str) -> str:
    """What the person can do about it."""
    return str(words(code).next_step)


def retry(code: str) -> str:
    """`nothing`, `automatic`, `edit` (first), `again` (as it is) or `warned` (may cost twice)."""
    return words(code).retry


def can_try_again(code: str) -> bool:
    """True if the same ask may well succeed as a new video."""
    return retry(code) == AGAIN


def reject_reason(reason: str, note: str = "") -> str:
    """What the owner reads: the wording of a preset, else what the reviewer wrote."""
    return str(REJECT_REASONS[reason]) if reason in REJECT_REASONS else note


# States


@dataclass(frozen=True, kw_only=True)
class State:
    """What a card says. `kind` picks icon and colour: waiting, working, ready, failed, doubt, ended.

    `retry` is what fits next, as in `retry()`; empty while nothing is to be done.
    """

    name: str
    title: str
    sentence: str
    kind: str
    next_step: str = ""
    retry: str = ""

    @property
    def can_try_again(self) -> bool:
        return self.retry == AGAIN

    @property
    def can_edit(self) -> bool:
        return self.retry in (EDIT, AGAIN)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a row stands with its service; what no row knows of itself.

    `label` is the service's name, empty if it is no longer set up. `ahead` counts the rows
    before it. `pause_code` is why staff must act, `resting` that sending is tried again soon.
    """

    label: str = ""
    ahead: int = 0
    pause_code: str = ""
    resting: bool = False


def state(row: Any, place: Place, now: datetime | None = None) -> State:
    """What to say of `row` now."""
    if row.status == "running" and is_late(row, now):
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
            sentence=_("Waiting: this service is not set up at the moment."),
            next_step=_("It is sent once the service is set up again. Nothing was billed."),
            **waiting,
        )
    if place.pause_code:
        return State(
            name="paused",
            sentence=sentence(place.pause_code),
            next_step=_("It waits, and is sent once staff have mended this. Nothing was billed."),
            **waiting,
        )
    if place.resting:
        return State(
            name="resting",
            sentence=sentence(ErrorCode.RATE),
            next_step=next_step(ErrorCode.RATE),
            **waiting,
        )
    return State(name="waiting", sentence=_waiting(place.ahead), **waiting)


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
        text = _("This service is not set up at the moment. We ask it again once it is.")
        return State(
            name="unreachable", title=_("Waiting"), sentence=text, kind="waiting", next_step=note
        )
    if row.remote_state == RemoteState.RUNNING:
        title = _("Generating")
        return State(name="generating", title=title, sentence=title, kind="working", next_step=note)
    title = _("In the provider's queue")
    return State(name="queued", title=title, sentence=title, kind="working", next_step=note)


def _late(row: Any, place: Place) -> State:
    return State(
        name="late",
        title=_("Late"),
        sentence=_("Taking much longer than usual. We keep checking for 24 hours."),
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


# Times


def usually(low: float, high: float) -> str:
    """How long such a video takes, from `low` to `high` seconds."""
    if high <= 60:
        low, high = _fives(low), _fives(high)
        if low == high:
            return _("usually about %(count)d s") % {"count": high}
        return _("usually %(low)d to %(high)d s") % {"low": low, "high": high}
    low, high = max(1, round(low / 60)), math.ceil(high / 60)
    if low >= high:
        return _("usually about %(count)d min") % {"count": high}
    return _("usually %(low)d to %(high)d min") % {"low": low, "high": high}


def until_sent(seconds: float) -> str:
    """How long a row will wait before it is sent."""
    if seconds < 60:
        return _("sent in less than a minute")
    return _("sent in about %(count)d min") % {"count": math.ceil(seconds / 60)}


def _fives(seconds: float) -> int:
    return max(5, 5 * math.ceil(seconds / 5))
