"""For every class of errors its cause, a sentence, and what a person can do next."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ..providers.errors import ErrorCode

# What can follow an error. Only the automatic and free steps happen without a person.
NOTHING, AUTOMATIC, EDIT, AGAIN, WARNED = "nothing", "automatic", "edit", "again", "warned"

STAFF_FIX = _("You need not do anything. Staff must fix this first.")


@dataclass(frozen=True)
class Words:
    """What is said of one class of errors.

    Its cause in a few words, for staff; a sentence, what to do next, and which button fits.
    """

    cause: Any
    sentence: Any
    next_step: Any = STAFF_FIX
    retry: str = NOTHING


EDIT_TEXT = _("Edit the prompt and send it as a new video."), EDIT
EDIT_PICTURE = _("Choose another picture and send it as a new video."), EDIT
KEEPS_TRYING = _("We keep trying. Still waiting, nothing sent."), AUTOMATIC
# Why a line waits for staff without an error of the service: a backup was restored.
RESTORED = "restored"

WORDS: dict[str, Words] = {
    ErrorCode.CONTENT: Words(
        _("Refused by the safety check"),
        _(
            "The provider's safety check refused this text or the finished video. "
            "Reword the prompt and try again."
        ),
        *EDIT_TEXT,
    ),
    ErrorCode.IP: Words(
        _("Protected character, brand or work"),
        _(
            "The provider thinks this may copy a protected character, brand or work. "
            "Describe it without names."
        ),
        *EDIT_TEXT,
    ),
    ErrorCode.INPUT: Words(
        _("Settings not accepted"),
        _(
            "The provider did not accept these settings. "
            "This is probably our fault; staff have been told."
        ),
    ),
    ErrorCode.IMAGE: Words(
        _("Picture not readable"),
        _(
            "The provider could not read your picture. Use JPEG, PNG without transparency, "
            "BMP or WEBP, 360–2000 px per side, up to 10 MB."
        ),
        *EDIT_PICTURE,
    ),
    ErrorCode.TOO_LARGE: Words(
        _("Request too large"),
        _("The request was too large. Use a smaller picture."),
        *EDIT_PICTURE,
    ),
    ErrorCode.RATE: Words(
        _("Service busy"),
        _("The provider is busy. We will send this for you in a moment."),
        _("Still waiting, nothing sent."),
        AUTOMATIC,
    ),
    ErrorCode.QUOTA: Words(
        _("Allowance used up"),
        _("The studio's allowance at the provider is used up. Staff have been told."),
    ),
    ErrorCode.BILLING: Words(
        _("Bill or balance of the account"),
        _("The studio's provider account needs attention. Staff have been told."),
    ),
    ErrorCode.AUTH: Words(
        _("Key refused: wrong key or wrong region"),
        _("The studio is not connected to the provider. Staff have been told."),
    ),
    ErrorCode.ACCESS: Words(
        _("Model not available to the account"),
        _("This model is not available to the studio right now."),
    ),
    ErrorCode.UNREACHABLE: Words(
        _("Cannot be reached"),
        _("The provider cannot be reached at the moment."),
        *KEEPS_TRYING,
    ),
    ErrorCode.STORAGE: Words(
        _("Storage does not answer"),
        _("The studio's own storage does not answer at the moment."),
        *KEEPS_TRYING,
    ),
    ErrorCode.DISK: Words(
        _("Disk too full"),
        _("The studio's disk is too full to save another video. Staff have been told."),
        _("It is sent by itself once there is room again."),
        AUTOMATIC,
    ),
    ErrorCode.BLOCKED: Words(
        _("Refused by a filter in between"),
        _(
            "A filter in front of the provider refused this request, perhaps for its words. "
            "Reword the prompt and try again."
        ),
        *EDIT_TEXT,
    ),
    ErrorCode.POLL: Words(
        _("Polling not allowed"),
        _("Sent, but the provider does not let us ask how far it is. Staff have been told."),
        _("You need not do anything. We keep asking for 24 hours."),
        AUTOMATIC,
    ),
    ErrorCode.PROVIDER: Words(
        _("The service failed"),
        _("The provider failed while making the video. You can try again."),
        _("Trying again makes a new video."),
        AGAIN,
    ),
    ErrorCode.UNCONFIRMED: Words(
        _("Not confirmed"),
        _("We could not confirm that the provider received this, so we did not send it again."),
        _("Check with staff. Sending it again may be billed twice."),
        WARNED,
    ),
    ErrorCode.EXPIRED: Words(
        _("No longer at the service"),
        _("The provider no longer has this task. Results are kept for 24 hours."),
        _("Making it again makes a new video."),
        AGAIN,
    ),
    ErrorCode.SAVE: Words(
        _("Not saved yet"),
        _("The video is finished but could not be saved yet. We keep trying."),
        _("You need not do anything. Saving is free."),
        AUTOMATIC,
    ),
    RESTORED: Words(
        _("Restored from a backup"),
        _("The studio was restored from a backup: staff check first what was sent."),
        _("You need not do anything. It is sent once staff have looked."),
    ),
}


def words(code: str) -> Words:
    """What is said of `code`; of a code that nobody knows, what is said of a provider's failure."""
    return WORDS.get(code, WORDS[ErrorCode.PROVIDER])


def cause(code: str) -> str:
    """`code` in a few words; as it is if only another release knows it."""
    return str(WORDS[code].cause) if code in WORDS else code


def sentence(code: str, *, until: datetime | None = None, for_staff: bool = False) -> str:
    """What happened, for people. `until`: how long saving is tried again."""
    if code == ErrorCode.SAVE and until:
        text = _("The video is finished but could not be saved yet. We keep trying until %(time)s.")
        return text % {"time": moment(until)}
    if code == ErrorCode.AUTH and for_staff:
        return str(_("The provider refuses the studio's key. Key and region must match."))
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


# How our notes begin: `HTTP 400 DataInspectionFailed: ...`. Words of a sentence are not a code.
CODE = re.compile(r"(?:HTTP \d{3} )?([A-Z][A-Za-z0-9]*(?:[._][A-Za-z0-9]+)*|[a-z]+(?:_[a-z]+)+): ")


def provider_code(detail: str) -> str:
    """The provider's own word for what happened, from the note for staff; "" if it gave none."""
    found = CODE.match(detail)
    return found[1] if found else ""
