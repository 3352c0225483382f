"""The state machine, as data."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SUBMITTING = "submitting", _("Sending")
    RUNNING = "running", _("At the service")
    STORING = "storing", _("Saving")
    SUCCEEDED = "succeeded", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Cancelled")
    UNCONFIRMED = "unconfirmed", _("Not confirmed")


class BillingState(models.TextChoices):
    UNKNOWN = "unknown", _("Unknown")
    YES = "yes", _("Billed")
    NO = "no", _("Not billed")


class Review(models.TextChoices):
    PENDING = "pending", _("To review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    FLAGGED = "flagged", _("Flagged")


_S = Status

# Every arrow there is. What is not here is refused by `Generation.transition`.
NEXT: dict[Status, frozenset[Status]] = {
    # RUNNING: staff found its task at the service, after a restored backup.
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.CANCELED, _S.RUNNING}),
    _S.SUBMITTING: frozenset({_S.RUNNING, _S.QUEUED, _S.FAILED, _S.UNCONFIRMED}),
    _S.RUNNING: frozenset({_S.RUNNING, _S.STORING, _S.FAILED}),
    _S.STORING: frozenset({_S.STORING, _S.SUCCEEDED, _S.FAILED}),
    _S.UNCONFIRMED: frozenset({_S.UNCONFIRMED, _S.RUNNING, _S.FAILED}),
    _S.FAILED: frozenset({_S.RUNNING}),
    _S.SUCCEEDED: frozenset(),
    _S.CANCELED: frozenset(),
}

OPEN = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RUNNING, _S.STORING})
ENDED = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELED, _S.UNCONFIRMED})
SETTLED = ENDED - {Status.UNCONFIRMED}  # nothing comes of these any more, and nothing is in doubt
AT_PROVIDER = frozenset({_S.SUBMITTING, _S.RUNNING})

# How long a claim holds. The submit's own deadlines (30 s to begin, 10 s to send, 30 s for the
# answer) end sooner.
LEASE = {
    _S.SUBMITTING: timedelta(seconds=75),
    _S.STORING: timedelta(seconds=60),
}
# So much longer for a row with a picture of ours: the largest, 10 MB in base64, at 50 kB/s. What
# size it has is not asked at the claim, for a storage may take its time.
UPLOAD_LEASE = timedelta(seconds=300)

LIFETIME = timedelta(hours=24)  # how long the services keep a task and its file
UNCONFIRMED_OCCUPIES_SLOT = timedelta(minutes=10)  # an unconfirmed row may be running there
MAX_PLACE_TIME = timedelta(hours=3)  # one that runs for longer will hardly end, and others wait


def submit_lease(*, with_upload: bool) -> timedelta:
    """How long a claim to send holds; longer if a picture is to be uploaded."""
    return LEASE[Status.SUBMITTING] + (UPLOAD_LEASE if with_upload else timedelta(0))
