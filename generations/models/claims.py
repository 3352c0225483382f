"""Claims: of many processes that want a row, one gets it. Also the fair order of submits."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.core.cache import caches
from django.db import transaction
from django.db.models import Count, Min, OuterRef, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils import timezone

from wanstudio.durability import unsynced_transaction

from .compiled_query import CompiledQuery, parameters
from .generation import Generation
from .querysets import GenerationQuerySet
from .status import LEASE, Status
from .submit_throttle import SubmitThrottle

NEVER = datetime.min.replace(tzinfo=UTC)
QUEUE_CACHE_SECONDS = 1  # the pages of a process share the count of waiting owners
# The columns that every poll needs. The others are loaded by the few results that need them.
ON_A_POLL = (
    "provider", "model", "remote_id", "endpoint", "status", "due_at", "attempts", "remote_state",
    "progress", "error_code", "submitted_at",
)  # fmt: skip
SUBMITS_REMEMBERED = 1000  # per throttle; more people rarely wait at the same time

# Provider and model -> owner id, number of waiting rows of this owner, and the time of the oldest.
WaitingOwners = dict[tuple[str, str], list[tuple[int, int, datetime]]]


def claim_submit(
    provider: str, model: str, *, max_open: int, submit_every: float
) -> Generation | None:
    """The next row to submit, as SUBMITTING, committed; None if nothing may be sent now.

    Acquires the throttle first: that is the lock, on every database. Then counts the slots, and
    takes the next row in fair order: of the owners who wait, the one served longest ago.
    `submit_every` is in seconds.
    """
    now = timezone.now()
    throttle = SubmitThrottle.objects.at(provider, model)
    with transaction.atomic():
        row = None
        if throttle.acquire(submit_every, now):
            row = next_in_fair_order(provider, model, max_open, now)
        if row is None or not row.start_submit(now):
            transaction.set_rollback(True)
            return None
    return row


def claim_store(pk: UUID) -> Generation | None:
    """This STORING row if it is due, and for nobody else while the lease lasts; else None.

    A claim ends with a transition. One whose lease ran out is ended by the poller.
    """
    now = timezone.now()
    until = now + LEASE[Status.STORING]
    free = Generation.objects.due_stores(now).filter(pk=pk)
    if not free.update(due_at=until, claimed_at=now):
        return None
    return Generation.objects.storing().filter(pk=pk, due_at=until).first()


def claim_next_store(*, due_for: timedelta = timedelta(0)) -> Generation | None:
    """The row to save next, claimed: of those that are due, the first to expire. None without."""
    due = Generation.objects.due_stores(timezone.now() - due_for).order_by("submitted_at")
    while (pk := due.values_list("pk", flat=True).first()) is not None:
        if row := claim_store(pk):
            return row
    return None


def claim_polls(
    rows: GenerationQuerySet, now: datetime, until: datetime, *, limit: int
) -> list[Generation]:
    """At most `limit` of `rows` that are RUNNING and due; `until` is when each is polled next.

    Rows are named by their time too: that is what the index `due` finds them by.
    """
    due = rows.running().due(now).order_by("due_at")
    seen = dict(due.values_list("pk", "due_at")[:limit])
    named = rows.running().filter(pk__in=seen).order_by()
    if not seen:
        return []
    with unsynced_transaction():
        claimed = named.filter(due_at__in=set(seen.values())).update(due_at=until)
    return list(named.filter(due_at=until).only(*ON_A_POLL)) if claimed else []


def next_in_fair_order(
    provider: str, model: str, max_open: int, now: datetime
) -> Generation | None:
    """The queued row to send next, or None if all slots are taken or nothing waits."""
    rows = Generation.objects.for_throttle(provider, model)
    if rows.occupying_slots(now).count() >= max_open:
        return None
    if rows.filter(status=Status.SUBMITTING).exists():
        return None
    queued = rows.queued().order_by("created", "pk")
    waiting = dict(queued.order_by().values_list("owner").annotate(Min("created")))
    if not waiting:
        return None
    served = last_served(rows, since=min(waiting.values()))
    owner = min(waiting, key=lambda owner: (served.get(owner, NEVER), waiting[owner]))
    return queued.filter(owner=owner).first()


def last_served(rows: GenerationQuerySet, since: datetime) -> dict[int, datetime]:
    """When a row of each owner was last sent, since `since`, within the last thousand submits."""
    sent = rows.filter(submitted_at__gte=since).order_by("-submitted_at")
    newest = sent.values_list("owner", "submitted_at")[:SUBMITS_REMEMBERED]
    return {owner: at for owner, at in reversed(list(newest)) if at}


def queue_positions(rows: Iterable[Generation]) -> dict[UUID, int]:
    """How many queued rows are sent before each of the queued `rows`, as far as known.

    The order is fair: of each other owner as many rows go first as this one has waiting before
    the row, and one more that is older. The other owners are counted once for all pages that ask
    within `QUEUE_CACHE_SECONDS`.
    """
    by_pk = {row.pk: row for row in rows}
    numbered = {f"pk{number}": pk for number, pk in enumerate(by_pk)}
    own = dict(_earlier_of_owner(len(by_pk)).tuples(**numbered)) if by_pk else {}
    if not own:
        return {}
    cache = caches["local"]
    owners = cache.get_or_set("waiting-owners", waiting_owners, QUEUE_CACHE_SECONDS) or {}
    return {pk: rows_ahead(by_pk[pk], count, owners) for pk, count in own.items()}


@lru_cache
def _earlier_of_owner(count: int) -> CompiledQuery[Generation]:
    """For `count` ids of queued rows: how many the same owner has queued before each."""
    queued = Generation.objects.queued().order_by()
    same_owner = {name: OuterRef(name) for name in ("provider", "model", "owner")}
    earlier = queued.filter(**same_owner, created__lt=OuterRef("created"))
    number = earlier.values("owner").annotate(count=Count("pk")).values("count")
    named = queued.filter(pk__in=parameters("pk", UUIDField(), count))
    return CompiledQuery(named.values_list("pk", Coalesce(Subquery(number), 0)))


def waiting_owners() -> WaitingOwners:
    """The owners who wait for each provider and model."""
    queued = Generation.objects.queued().order_by().values_list("provider", "model", "owner")
    owners: WaitingOwners = defaultdict(list)
    for provider, model, owner, count, since in queued.annotate(Count("pk"), Min("created")):
        owners[provider, model].append((owner, count, since))
    return dict(owners)


def rows_ahead(row: Generation, own: int, owners: WaitingOwners) -> int:
    """Rows sent before `row`: `own` of the same owner, and those of the other `owners`."""
    others = [
        (count, since)
        for owner, count, since in owners.get((row.provider, row.model), ())
        if owner != row.owner_id
    ]
    return own + sum(min(count, own + (since < row.created)) for count, since in others)
