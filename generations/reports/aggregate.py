"""Daily sums: what the numbers and the ledger read, kept by the sweep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from statistics import median
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import (
    BillingState,
    DailyMark,
    DailyReview,
    DailySum,
    DailyTimes,
    Event,
    Generation,
    Review,
    Status,
)
from ..models.daily_totals import percentile_90

INTERVAL = timedelta(minutes=1)
LEASE = timedelta(minutes=20)  # longer than any summing-up; then its worker is dead
OVERLAP = timedelta(minutes=5)  # an event may be committed later than it says
MAX_LOOKBACK = 90  # days
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MADE = frozenset({Status.RUNNING, Status.STORING, Status.SUCCEEDED})
DOUBTFUL = frozenset({Status.SUBMITTING, Status.FAILED, Status.UNCONFIRMED})
DECISIONS = (Review.APPROVED, Review.REJECTED, Review.FLAGGED)


def update_daily_sums(now: datetime | None = None) -> None:
    """Sum up again the days on which something changed. At most once a minute, by one of many.

    Who is cut short leaves the mark where it was: the next turn begins there again.
    """
    now = now or timezone.now()
    seen = acquire_lease(now)
    if seen is None:
        return
    try:
        for day in sorted(days_changed_since(seen - OVERLAP, first_whole_day(seen, now))):
            sum_up(day)
        sum_up_review(now)
        DailyMark.objects.filter(pk=1).update(summed_until=now)
    finally:
        DailyMark.objects.filter(pk=1).update(taken_at=None)


def acquire_lease(now: datetime) -> datetime | None:
    """How far the sums have come, if this is the one who brings them further; else None."""
    mark, _ = DailyMark.objects.get_or_create(pk=1, defaults={"summed_until": BEGINNING})
    seen = mark.summed_until
    if now - INTERVAL < seen <= now:
        return None
    free = Q(taken_at=None) | Q(taken_at__lte=now - LEASE) | Q(taken_at__gt=now)
    turn = DailyMark.objects.filter(free, pk=1, summed_until=seen)
    return min(seen, now) if turn.update(taken_at=now) else None


def days_changed_since(since: datetime, first: date) -> set[date]:
    """Days from `first` on whose rows have changed."""
    events = Event.objects.filter(at__gte=since, generation__created__gte=beginning_of(first))
    created = events.order_by().values_list("generation__created", flat=True).distinct()
    return {day_of(moment) for moment in created.iterator(chunk_size=5000)}


def first_whole_day(seen: datetime, now: datetime) -> date:
    """The first day of which every row is still there.

    Sums of older days stay as they were: rows they counted may have been deleted for good.
    """
    if seen == BEGINNING:
        return day_of(BEGINNING)
    return day_of(now - timedelta(days=memory())) + timedelta(days=1)


def memory() -> int:
    """Days for which every row is kept, whatever becomes of it: two at least."""
    kept = [MAX_LOOKBACK, settings.WANSTUDIO_TRASH_DAYS, settings.WANSTUDIO_KEEP_FAILED_DAYS]
    return min(days for days in kept if days is not None)


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def beginning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def rows_of(day: date) -> QuerySet[Generation]:
    begins, ends = beginning_of(day), beginning_of(day + timedelta(days=1))
    return Generation.objects.filter(created__gte=begins, created__lt=ends)


@dataclass
class Subtotal:
    """One line of the day."""

    count: int = 0
    money: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, row: dict[str, Any]) -> None:
        self.count += 1
        price = row["price"] or Decimal(0)
        if row["status"] in MADE or row["billed"] == BillingState.YES:
            self.money["estimated"] += price
        elif row["status"] in DOUBTFUL and row["submitted_at"] and row["billed"] != BillingState.NO:
            self.money["doubtful"] += price
        self.money["reported"] += as_usd(row["provider_data__cost"])


def as_usd(cost: Any) -> Decimal:
    """What the service reported, or 0 if that is not an amount."""
    try:
        amount = Decimal(str(cost))
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() and 0 <= amount < 10**9 else Decimal(0)


GROUP_BY = ("provider", "model", "owner_id", "status", "error_code")
COLUMNS = (
    *GROUP_BY,
    "billed",
    "price",
    "created",
    "submitted_at",
    "finished_at",
    "provider_data__cost",
)


def sum_up(day: date) -> None:
    """Write the sums and times of `day` anew, in one reading of its rows."""
    subtotals: dict[tuple[Any, ...], Subtotal] = defaultdict(Subtotal)
    times: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in rows_of(day).order_by().values(*COLUMNS).iterator(chunk_size=2000):
        subtotals[tuple(row[name] for name in GROUP_BY)].add(row)
        if row["status"] == Status.SUCCEEDED and row["submitted_at"] and row["finished_at"]:
            times[row["provider"], row["model"]].append(durations(row))
    with transaction.atomic():
        DailySum.objects.filter(day=day).delete()
        DailySum.objects.bulk_create(
            DailySum(
                day=day,
                count=subtotal.count,
                **dict(zip(GROUP_BY, kind, strict=True)),
                **subtotal.money,
            )
            for kind, subtotal in subtotals.items()
        )
        DailyTimes.objects.filter(day=day).delete()
        DailyTimes.objects.bulk_create(
            DailyTimes(day=day, provider=provider, model=model, **spread(pairs))
            for (provider, model), pairs in times.items()
        )


def durations(row: dict[str, Any]) -> tuple[float, float]:
    """Seconds waited here, seconds until the video was home."""
    waited = (row["submitted_at"] - row["created"]).total_seconds()
    ran = (row["finished_at"] - row["submitted_at"]).total_seconds()
    return max(0.0, waited), max(0.0, ran)


def spread(pairs: Iterable[tuple[float, float]]) -> dict[str, float]:
    waiting, running = (sorted(values) for values in zip(*pairs, strict=True))
    return {
        "waiting_median": median(waiting),
        "waiting_p90": percentile_90(waiting),
        "running_median": median(running),
        "running_p90": percentile_90(running),
    }


def sum_up_review(now: datetime) -> None:
    """Today's decisions and what is left to decide."""
    day = day_of(now)
    decided = Counter(
        Event.objects.filter(kind__in=DECISIONS, at__gte=beginning_of(day))
        .order_by()
        .values_list("kind", flat=True)
    )
    waiting = Generation.objects.waiting_for_review().order_by()
    oldest = waiting.order_by("created").values_list("finished_at", flat=True).first()
    DailyReview.objects.update_or_create(
        day=day,
        defaults={
            "approved": decided[Review.APPROVED],
            "rejected": decided[Review.REJECTED],
            "flagged": decided[Review.FLAGGED],
            "backlog": waiting.count(),
            "oldest_hours": (now - oldest).total_seconds() / 3600 if oldest else 0,
        },
    )
