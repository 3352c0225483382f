"""One sentence for every class of errors, and what a person can do next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..providers.base import ErrorCode

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
# Why a line waits for staff though no service said anything: a backup was put in place.
RESTORED = "restored"
STAFF_MEND = gettext_lazy("You need not do anything. Staff must fix this first.")

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
    ErrorCode.UNREACHABLE: Words(
        gettext_lazy("The provider cannot be reached at the moment."),
        gettext_lazy("We keep trying. Still waiting, nothing sent."),
        AUTOMATIC,
    ),
    ErrorCode.STORAGE: Words(
        gettext_lazy("The studio's own storage does not answer at the moment."),
        gettext_lazy("We keep trying. Still waiting, nothing sent."),
        AUTOMATIC,
    ),
    ErrorCode.DISK: Words(
        gettext_lazy("The studio's disk is too full to save another video. Staff have been told."),
        gettext_lazy("It is sent by itself once there is room again."),
        AUTOMATIC,
    ),
    ErrorCode.BLOCKED: Words(
        gettext_lazy(
            "A filter in front of the provider refused this request, perhaps for its words. "
            "Reword the prompt and try again."
        ),
        EDIT_TEXT,
        EDIT,
    ),
    ErrorCode.POLL: Words(
        gettext_lazy(
            "Sent, but the provider does not let us ask how far it is. Staff have been told."
        ),
        gettext_lazy("You need not do anything. We keep asking for 24 hours."),
        AUTOMATIC,
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
    ErrorCode.SAVE: Words(
        gettext_lazy("The video is finished but could not be saved yet. We keep trying."),
        gettext_lazy("You need not do anything. Saving is free."),
        AUTOMATIC,
    ),
    RESTORED: Words(
        gettext_lazy("The studio was restored from a backup: staff check first what was sent."),
        gettext_lazy("You need not do anything. It is sent once staff have looked."),
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
        return text % {"time": moment(until)}
    if code == ErrorCode.AUTH and for_staff:
        return _("The provider refuses the studio's key. Key and region must match.")
    return str(words(code).sentence)


def moment(at: datetime) -> str:
    """Date and time with the name of their zone, since a sentence cannot know the reader's."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def next_step(code: str) -> str:
    """What the person can do about it."""
    return str(words(code).next_step)


def retry(code: str) -> str:
    """`nothing`, `automatic`, `edit` (first), `again` (as it is) or `warned` (may cost twice)."""
    return words(code).retry


# How our notes begin: `HTTP 400 DataInspectionFailed: ...`. Words of a sentence are no code.
CODE = re.compile(r"(?:HTTP \d{3} )?([A-Z][A-Za-z0-9]*(?:[._][A-Za-z0-9]+)*|[a-z]+(?:_[a-z]+)+): ")


def provider_code(detail: str) -> str:
    """The provider's own word for what happened, from the note for staff; "" if it gave none."""
    found = CODE.match(detail)
    return found[1] if found else ""


def reject_reason(reason: str, note: str = "") -> str:
    """What the owner reads: the wording of a preset, else what the reviewer wrote."""
    return str(REJECT_REASONS[reason]) if reason in REJECT_REASONS else note
