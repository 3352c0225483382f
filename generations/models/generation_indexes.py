"""The constraints of `Generation` in the database, and the indexes of its queries."""

from django.db import models
from django.db.models import Q

from .status import OPEN, SETTLED, Status

CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(
        name="open_rows_are_due_and_ended_rows_are_not",
        condition=Q(status__in=OPEN, due_at__isnull=False)
        | Q(status__in=SETTLED, due_at__isnull=True)
        | Q(status=Status.UNCONFIRMED),
    ),
    models.CheckConstraint(
        name="running_rows_know_their_remote_id",
        condition=~Q(status__in=[Status.RUNNING, Status.STORING, Status.SUCCEEDED])
        | Q(remote_id__isnull=False),
    ),
    models.CheckConstraint(
        name="succeeded_rows_have_their_video",
        condition=~Q(status=Status.SUCCEEDED) | ~Q(video=""),
    ),
    models.CheckConstraint(name="a_remote_id_is_never_empty", condition=~Q(remote_id="")),
    models.UniqueConstraint(name="one_row_per_remote_task", fields=["provider", "remote_id"]),
    models.UniqueConstraint(
        name="one_submit_at_a_time_per_lane",
        fields=["provider", "model"],
        condition=Q(status=Status.SUBMITTING),
    ),
]

INDEXES = [
    models.Index(fields=["status", "due_at"], name="due", condition=Q(due_at__isnull=False)),
    models.Index(
        fields=["provider", "model", "owner", "created", "id"],
        name="line",
        condition=Q(status=Status.QUEUED),
    ),
    # Each condition is one simple comparison: SQLite would not notice that a query implies a list.
    models.Index(
        fields=["provider", "model", "status", "submitted_at"],
        name="at_provider",
        condition=~Q(status=Status.SUCCEEDED),
    ),
    models.Index(
        fields=["owner", "status"], name="open_of_owner", condition=Q(due_at__isnull=False)
    ),
    models.Index(
        fields=["provider", "model", "submitted_at", "owner"],
        name="turns",
        condition=Q(submitted_at__isnull=False),
    ),
    models.Index(fields=["origin"], name="made_from", condition=Q(origin__isnull=False)),
    models.Index(fields=["trashed_at"], name="trash", condition=Q(trashed_at__isnull=False)),
    models.Index(fields=["id"], name="unsearched", condition=Q(search_text="")),
    models.Index(fields=["seed"], name="seeds", condition=Q(seed__isnull=False)),
    models.Index(fields=["owner", "submitted_at"], name="owner_sent"),
    models.Index(fields=["submitted_at"], name="all_sent"),
    models.Index(fields=["owner", "-created", "-id"], name="owner_newest"),
    models.Index(fields=["-created", "-id"], name="all_newest"),
    models.Index(
        fields=["-created", "-id"],
        name="gallery_newest",
        condition=Q(status=Status.SUCCEEDED, trashed_at__isnull=True),
    ),
    models.Index(
        fields=["review", "-created", "-id"],
        name="to_review_newest",
        condition=Q(status=Status.SUCCEEDED),
    ),
    models.Index(fields=["status", "-created", "-id"], name="status_newest"),
    models.Index(
        fields=["provider", "model", "size", "-finished_at"],
        name="history",
        condition=Q(status=Status.SUCCEEDED),
    ),
]
