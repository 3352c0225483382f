"""The queryset of generations: its methods name the lists of the project."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models, transaction
from django.db.models import Count, Q
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from ..text import parse_number, parse_uuid
from ..worker.task_queue import enqueue
from .backoff import is_due
from .event import Event, EventKind
from .poller_lease import PollerLease
from .search import holding
from .status import (
    AT_PROVIDER,
    MAX_PLACE_TIME,
    OPEN,
    UNCONFIRMED_OCCUPIES_SLOT,
    Review,
    Status,
)
from .submit_throttle import SubmitThrottle

if TYPE_CHECKING:
    from .generation import Generation

MAX_OWNERS_FOUND = 50


def can_view_all(user: User | AnonymousUser) -> bool:
    """True for staff with the permission to see generations. Being staff alone is not enough."""
    return bool(user.is_staff and user.has_perm("generations.view_generation"))


def can_view_costs(user: User | AnonymousUser) -> bool:
    """True for staff who see what was spent, or who decide whether something was billed."""
    rights = ("generations.view_spend", "generations.repair_generation")
    return bool(user.is_staff and any(user.has_perm(right) for right in rights))


def late_after() -> timedelta:
    """The time after its submit from which a generation is late."""
    return timedelta(minutes=settings.WANSTUDIO_LATE_MINUTES)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def open(self) -> GenerationQuerySet:
        """Rows that change without a person. All of them have a `due_at`, and are found by it."""
        return self.filter(status__in=OPEN, due_at__isnull=False)

    def unsettled(self) -> GenerationQuerySet:
        """Rows that may still change, or that may have been billed without a result."""
        return self.filter(status__in=[*OPEN, Status.UNCONFIRMED])

    def settled(self) -> GenerationQuerySet:
        # Not `in SETTLED`: SQLite would use an index for it, and nearly every row matches.
        return self.exclude(status__in=[*OPEN, Status.UNCONFIRMED])

    def scheduled(self) -> GenerationQuerySet:
        """Rows with a next step. As long as there are any, a process must poll."""
        return self.filter(due_at__isnull=False)

    def due(self, now: datetime | None = None) -> GenerationQuerySet:
        return self.filter(is_due("due_at", now or timezone.now()), due_at__isnull=False)

    def queued(self) -> GenerationQuerySet:
        return self.filter(status=Status.QUEUED)

    def running(self) -> GenerationQuerySet:
        return self.filter(status=Status.RUNNING)

    def storing(self) -> GenerationQuerySet:
        return self.filter(status=Status.STORING)

    def unconfirmed(self) -> GenerationQuerySet:
        return self.filter(status=Status.UNCONFIRMED)

    def succeeded(self) -> GenerationQuerySet:
        return self.filter(status=Status.SUCCEEDED)

    def failed(self) -> GenerationQuerySet:
        return self.filter(status=Status.FAILED)

    def overdue_submits(self, now: datetime) -> GenerationQuerySet:
        """SUBMITTING rows whose lease has expired."""
        return self.filter(status=Status.SUBMITTING).due(now)

    def due_stores(self, now: datetime) -> GenerationQuerySet:
        """STORING rows that no worker has claimed, and that are due."""
        return self.storing().due(now).filter(claimed_at__isnull=True)

    def overdue_stores(self, now: datetime) -> GenerationQuerySet:
        """STORING rows whose lease has expired."""
        return self.storing().due(now).filter(claimed_at__isnull=False)

    def not_trashed(self) -> GenerationQuerySet:
        """Not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def trashed(self) -> GenerationQuerySet:
        """In the trash, from which they can be restored."""
        return self.filter(trashed_at__isnull=False).not_deleted()

    def not_deleted(self) -> GenerationQuerySet:
        """Not deleted for good by their owner."""
        return self.filter(deleted_at__isnull=True)

    def owned_by(self, user: User | AnonymousUser) -> GenerationQuerySet:
        return self.filter(owner_id=user.pk)

    def readable_by(self, user: User | AnonymousUser) -> GenerationQuerySet:
        """Rows whose page and files this person can open: their own, shared ones, or all."""
        rows = self.not_deleted()
        return rows if can_view_all(user) else rows.owned_or_shared(user.pk)

    def owned_or_shared(self, owner: int | None) -> GenerationQuerySet:
        return self.filter(Q(owner_id=owner) | self._shared())

    def visible_to(self, user: User | AnonymousUser) -> GenerationQuerySet:
        """Finished rows in this person's gallery: their own, and those that others share."""
        shown = self.succeeded().not_trashed().exclude(review=Review.REJECTED)
        return shown.owned_or_shared(user.pk)

    @staticmethod
    def _shared() -> Q:
        sharing, review = settings.WANSTUDIO_SHARING, settings.WANSTUDIO_REVIEW
        if sharing == "nobody":
            return Q(pk__in=[])
        finished = Q(status=Status.SUCCEEDED, trashed_at__isnull=True)
        shown = finished if sharing == "everyone" else finished & Q(shared=True)
        if review == "before":
            return shown & Q(review=Review.APPROVED)
        return shown & ~Q(review=Review.REJECTED)

    def for_throttle(self, provider: str, model: str) -> GenerationQuerySet:
        return self.filter(provider=provider, model=model)

    def count_by_provider(self) -> dict[str, int]:
        return dict(self.order_by().values_list("provider").annotate(Count("pk")))

    def count_by_throttle(self) -> dict[tuple[str, str], int]:
        counts = self.order_by().values_list("provider", "model").annotate(Count("pk"))
        return {(provider, model): count for provider, model, count in counts}

    def occupying_slots(self, now: datetime) -> GenerationQuerySet:
        """Rows that the service counts, or may count, as running.

        Not forever: a row that never ends, or whose slot staff have released, does not block
        others.
        """
        held = self.filter(status__in=[*AT_PROVIDER, Status.UNCONFIRMED])
        settled = Q(status=Status.UNCONFIRMED, submitted_at__lte=now - UNCONFIRMED_OCCUPIES_SLOT)
        stuck = Q(status=Status.RUNNING, submitted_at__lte=now - max(MAX_PLACE_TIME, late_after()))
        released = Q(status=Status.RUNNING, pk__in=Event.objects.released_places())
        # The last condition is redundant, but it selects the index `at_provider`.
        return held.exclude(settled | stuck | released).exclude(status=Status.SUCCEEDED)

    def count_places(self, now: datetime) -> dict[tuple[str, str], tuple[int, int]]:
        """Per provider and model: how many slots are occupied, and how many by late rows."""
        late = Q(status=Status.RUNNING, submitted_at__lt=now - late_after())
        rows = self.occupying_slots(now).order_by().values_list("provider", "model")
        counted = rows.annotate(held=Count("pk"), slow=Count("pk", filter=late))
        return {(provider, model): (held, slow) for provider, model, held, slow in counted}

    def waiting_for_review(self) -> GenerationQuerySet:
        """Finished, not in the trash, undecided."""
        return self._reviewed(Review.PENDING).not_trashed()

    def not_locked_by_others(self, user: User, now: datetime | None = None) -> GenerationQuerySet:
        """Rows that no colleague of `user` is reviewing at the moment."""
        expired = Q(review_locked_until__lte=now or timezone.now())
        return self.filter(Q(review_locked_by=None) | Q(review_locked_by=user) | expired)

    def rejected(self) -> GenerationQuerySet:
        return self._reviewed(Review.REJECTED)

    def flagged(self) -> GenerationQuerySet:
        return self._reviewed(Review.FLAGGED)

    def _reviewed(self, review: Review) -> GenerationQuerySet:
        return self.succeeded().filter(review=review)

    def late(self, now: datetime | None = None) -> GenerationQuerySet:
        """Running at the provider for longer than usual."""
        return self.running().filter(submitted_at__lt=(now or timezone.now()) - late_after())

    def blocked(self) -> GenerationQuerySet:
        """Queued for a throttle that a person must resume."""
        paused = Q(pk__in=[])
        for provider, model in SubmitThrottle.objects.paused().values_list("provider", "model"):
            paused |= Q(provider=provider, model=model)
        return self.queued().filter(paused)

    def for_cards(self) -> GenerationQuerySet:
        """The fields of a card: the owner, and `reported` and `done_at` of the provider's data."""
        rows = self.select_related("owner", "review_locked_by").defer(
            "provider_data", "search_text"
        )
        return rows.annotate(  # type: ignore[no-redef]  # it fills the cached property
            reported=KeyTextTransform("cost", "provider_data"),
            done_at=KeyTextTransform("done_at", "provider_data"),
        )

    def search(self, text: str) -> GenerationQuerySet:
        """Rows with all words of `text` in the prompt, with `text` in the owner's name, or with
        that id, remote id or seed.
        """
        text = text.strip()
        if not text:
            return self
        if (pk := parse_uuid(text)) is not None:
            return self.filter(Q(pk=pk) | Q(remote_id=text))
        wanted = holding(text) | Q(remote_id=text) | Q(owner__in=users_named(text))
        if (number := parse_number(text)) is not None:
            wanted |= Q(seed=number)
        return self.filter(wanted)

    def create_queued(self, **fields: Any) -> Generation:
        """Create a queued row and enqueue its submit. Raises IntegrityError if the ID exists."""
        with transaction.atomic(savepoint=False):
            row = self.create(status=Status.QUEUED, due_at=timezone.now(), **fields)
            Event.objects.create(generation=row, kind=EventKind.QUEUED, by=row.owner)
            enqueue("submit_queued", row.provider, row.model)
            transaction.on_commit(self.ensure_poller, robust=True)
        return row

    def ensure_poller(self) -> None:
        """Enqueue a poller if none runs and generations are open."""
        if PollerLease.objects.is_free() and self.scheduled().exists():
            enqueue("run_poller")


def users_named(text: str) -> list[int]:
    """IDs of at most fifty people with `text` in their name."""
    users = User.objects.filter(username__icontains=text)
    return list(users.values_list("pk", flat=True)[:MAX_OWNERS_FOUND])
