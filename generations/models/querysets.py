"""The vocabulary: which rows, in words. And the claim that takes one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..worker.task_queue import enqueue
from .backoff import is_due
from .event import Event
from .poller_lease import PollerLease
from .staff_rows import StaffRows, late_after
from .status import (
    AT_PROVIDER,
    LEASE,
    MAX_PLACE_TIME,
    OPEN,
    UNCONFIRMED_OCCUPIES_SLOT,
    Review,
    Status,
)
from .submit_throttle import SubmitThrottle

if TYPE_CHECKING:
    from .generation import Generation

NEVER = datetime.min.replace(tzinfo=UTC)
LINE_KNOWN_FOR = 1  # seconds that all pages of a process share one count of who waits
TURNS_REMEMBERED = 1000  # sends of one lane; more people than this seldom wait at once


def can_view_all(user: Any) -> bool:
    """Staff with the right to see generations. Being staff alone opens nothing of others."""
    return bool(user.is_staff and user.has_perm("generations.view_generation"))


class GenerationQuerySet(StaffRows):
    def open(self) -> GenerationQuerySet:
        """Rows that move by themselves. They are all due at some time, and found by that."""
        return self.filter(status__in=OPEN, due_at__isnull=False)

    def unsettled(self) -> GenerationQuerySet:
        """Rows of which something may still come, or that may have been billed unseen."""
        return self.filter(status__in=[*OPEN, Status.UNCONFIRMED])

    def settled(self) -> GenerationQuerySet:
        # Not `in SETTLED`: SQLite would look there first, and that is nearly every row.
        return self.exclude(status__in=[*OPEN, Status.UNCONFIRMED])

    def scheduled(self) -> GenerationQuerySet:
        """Rows with a next step at some time: as long as there is one, somebody must watch."""
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

    def overdue_submits(self, now: datetime) -> GenerationQuerySet:
        """SUBMITTING rows whose worker has not come back within its lease."""
        return self.filter(status=Status.SUBMITTING).due(now)

    def overdue_stores(self, now: datetime) -> GenerationQuerySet:
        """STORING rows whose worker has not come back within its lease."""
        return self.storing().due(now).filter(claimed_at__isnull=False)

    def not_trashed(self) -> GenerationQuerySet:
        """Not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def owned_by(self, user: Any) -> GenerationQuerySet:
        return self.filter(owner_id=user.pk)

    def readable_by(self, user: Any) -> GenerationQuerySet:
        """Rows whose page and files this person may open: own ones, shared ones, or all."""
        if can_view_all(user):
            return self
        return self.filter(Q(owner_id=user.pk) | self._shared())

    def visible_to(self, user: Any) -> GenerationQuerySet:
        """Finished rows for this person's gallery: own ones, and what others show."""
        shown = self.succeeded().not_trashed().exclude(review=Review.REJECTED)
        return shown.filter(Q(owner_id=user.pk) | self._shared())

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

        Not for ever: what never ends, or what staff took its place from, stops nobody else.
        """
        held = self.filter(status__in=[*AT_PROVIDER, Status.UNCONFIRMED])
        settled = Q(status=Status.UNCONFIRMED, submitted_at__lte=now - UNCONFIRMED_OCCUPIES_SLOT)
        stuck = Q(status=Status.RUNNING, submitted_at__lte=now - max(MAX_PLACE_TIME, late_after()))
        released = Q(status=Status.RUNNING, pk__in=Event.objects.released_places())
        # The last says nothing new, but names the index `at_provider`.
        return held.exclude(settled | stuck | released).exclude(status=Status.SUCCEEDED)

    def count_places(self, now: datetime) -> dict[tuple[str, str], tuple[int, int]]:
        """Per provider and model: how many places are held, and how many of them by late rows."""
        late = Q(status=Status.RUNNING, submitted_at__lt=now - late_after())
        rows = self.occupying_slots(now).order_by().values_list("provider", "model")
        counted = rows.annotate(held=Count("pk"), slow=Count("pk", filter=late))
        return {(provider, model): (held, slow) for provider, model, held, slow in counted}

    def create_queued(self, **fields: Any) -> Generation:
        """Create a waiting row and ring for it. Raises IntegrityError if the id is taken."""
        with transaction.atomic():
            row = self.create(status=Status.QUEUED, due_at=timezone.now(), **fields)
            Event.objects.create(generation=row, kind=Status.QUEUED, by=row.owner)
            enqueue("submit_queued", row.provider, row.model)
            transaction.on_commit(self.ensure_poller, robust=True)
        return row

    def ensure_poller(self) -> None:
        """Enqueue a poller if none runs while something is open."""
        if self.scheduled().exists() and PollerLease.objects.is_free():
            enqueue("run_poller")

    def claim(self, pk: UUID, now: datetime | None = None) -> Generation | None:
        """Give me this STORING row if it is due, and nobody else for the length of the lease.

        A claim ends by a move. One that ran out without is the watch's to end.
        """
        now = now or timezone.now()
        until = now + LEASE[Status.STORING]
        free = self.storing().due(now).filter(pk=pk, claimed_at__isnull=True)
        if not free.update(due_at=until, claimed_at=now):
            return None
        return self.storing().filter(pk=pk, due_at=until).first()

    def claim_polls(self, now: datetime, until: datetime, **which: Any) -> list[Generation]:
        """Take RUNNING rows that are due; `until` is when each is looked at next.

        Rows are named by their time too: that is what the index `due` finds them by.
        """
        limit = which.pop("limit")
        due = self.running().due(now).filter(**which)
        seen = dict(due.order_by("due_at").values_list("pk", "due_at")[:limit])
        named = self.running().filter(pk__in=seen).order_by()
        if not seen or not named.filter(due_at__in=set(seen.values())).update(due_at=until):
            return []
        return list(named.filter(due_at=until))

    def claim_next(
        self, provider: str, model: str, *, max_open: int, submit_every: float
    ) -> Generation | None:
        """Give me the next row of this lane to send, as SUBMITTING, committed. Else None.

        Takes the lane first: that is the lock, on every database. Then counts the places, then
        takes the next in fair turn: of those who wait, the person served longest ago.
        """
        now = timezone.now()
        lane = SubmitThrottle.objects.at(provider, model)
        with transaction.atomic():
            row = None
            if lane.acquire(submit_every, now):
                row = self._next_in_turn(provider, model, max_open, now)
            if row is None or not row.start_submit(now):
                transaction.set_rollback(True)
                return None
        return row

    def _next_in_turn(
        self, provider: str, model: str, max_open: int, now: datetime
    ) -> Generation | None:
        lane = self.for_throttle(provider, model)
        held = lane.occupying_slots(now).count()
        if held >= max_open or lane.filter(status=Status.SUBMITTING).exists():
            return None
        line = lane.queued().order_by("created", "pk")
        waiting = dict(line.order_by().values_list("owner").annotate(Min("created")))
        if not waiting:
            return None
        served = lane.served_since(min(waiting.values()))
        turn = min(waiting, key=lambda owner: (served.get(owner, NEVER), waiting[owner]))
        return line.filter(owner=turn).first()

    def served_since(self, since: datetime) -> dict[Any, datetime]:
        """When each person was last served, as far back as `since` and a thousand sends."""
        sent = self.filter(submitted_at__gte=since).order_by("-submitted_at")
        newest = sent.values_list("owner", "submitted_at")[:TURNS_REMEMBERED]
        return dict(reversed(newest))

    def queue_positions(self, rows: Iterable[Generation]) -> dict[UUID, int]:
        """How many waiting rows are sent before each of the waiting `rows`, as far as known.

        Turns go round: of each other person as many as wait here of its own, and one that is
        older. Others are counted once for all pages that ask within `LINE_KNOWN_FOR`.
        """
        rows = {row.pk: row for row in rows}
        named = self.queued().filter(pk__in=rows).order_by()
        lane_and_owner = {name: OuterRef(name) for name in ("provider", "model", "owner")}
        earlier = self.queued().order_by().filter(**lane_and_owner, created__lt=OuterRef("created"))
        count = earlier.values("owner").annotate(count=Count("pk")).values("count")
        own = dict(named.values_list("pk", Coalesce(Subquery(count), 0)))
        if not own:
            return {}
        everybody = self.model.objects.waiting_owners
        people = caches["local"].get_or_set("people-in-line", everybody, LINE_KNOWN_FOR)
        return {pk: ahead(rows[pk], count, people) for pk, count in own.items()}

    def waiting_owners(self) -> dict[tuple[str, str], list[tuple[Any, int, datetime]]]:
        """Who waits in each lane, with how many rows, and since when."""
        line = self.queued().order_by().values_list("provider", "model", "owner")
        people = defaultdict(list)
        for provider, model, *person in line.annotate(Count("pk"), Min("created")):
            people[provider, model].append(tuple(person))
        return dict(people)


def ahead(
    row: Any, own: int, people: dict[tuple[str, str], list[tuple[Any, int, datetime]]]
) -> int:
    """Rows sent before `row`: `own` of its owner's, and of the other `people` in its line."""
    line = people.get((row.provider, row.model), ())
    others = [(rows, oldest) for owner, rows, oldest in line if owner != row.owner_id]
    return own + sum(min(rows, own + (oldest < row.created)) for rows, oldest in others)
