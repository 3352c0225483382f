"""The state machine, as data."""

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

# All allowed transitions. `Generation.transition` refuses others.
NEXT: dict[Status, frozenset[Status]] = {
    # To RUNNING: staff found the task at the service after a backup was restored.
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
SETTLED = ENDED - {Status.UNCONFIRMED}  # these no longer change, and their outcome is certain
AT_PROVIDER = frozenset({_S.SUBMITTING, _S.RUNNING})

# How long a claim is valid. The deadlines of a submit end earlier: 30 s until the POST begins, 10 s
# to send it, 30 s for the response.
LEASE = {
    _S.SUBMITTING: timedelta(seconds=75),
    _S.STORING: timedelta(seconds=60),
}
# The additional time for a row with an uploaded picture: 10 MB, the maximum, as base64 at 50 kB/s.
# The real size is not read, because that may take the storage some time.
UPLOAD_LEASE = timedelta(seconds=300)

LIFETIME = timedelta(hours=24)  # the services keep a task and its file for this time
UNCONFIRMED_OCCUPIES_SLOT = timedelta(minutes=10)  # it may be running at the provider
MAX_PLACE_TIME = timedelta(hours=3)  # a longer one will probably never end, and others wait


def submit_lease(*, with_upload: bool) -> timedelta:
    """How long the claim of a submit holds; longer if an image is uploaded."""
    return LEASE[Status.SUBMITTING] + (UPLOAD_LEASE if with_upload else timedelta(0))
