"""Daily totals for the pages *Numbers* and *Spend*, updated by housekeeping."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
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
from ..models.daily_totals import percentile_90, start_of_day

INTERVAL = timedelta(minutes=1)
LEASE = timedelta(minutes=20)  # longer than any summary takes: after that its worker has died
OVERLAP = timedelta(minutes=5)  # an event may be committed later than its time
MAX_LOOKBACK = 90  # days
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MADE = frozenset({Status.RUNNING, Status.STORING, Status.SUCCEEDED})
DOUBTFUL = frozenset({Status.SUBMITTING, Status.FAILED, Status.UNCONFIRMED})
DECISIONS = (Review.APPROVED, Review.REJECTED, Review.FLAGGED)


def update_daily_sums(now: datetime | None = None) -> None:
    """Update the days on which something changed. At most once a minute, by one worker.

    If the worker is interrupted, the mark stays, and the next run starts there again.
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
    """Up to when the totals are complete, if this worker may update them; else None."""
    mark, _ = DailyMark.objects.get_or_create(pk=1, defaults={"summed_until": BEGINNING})
    seen = mark.summed_until
    if now - INTERVAL < seen <= now:
        return None
    free = Q(taken_at=None) | Q(taken_at__lte=now - LEASE) | Q(taken_at__gt=now)
    turn = DailyMark.objects.filter(free, pk=1, summed_until=seen)
    return min(seen, now) if turn.update(taken_at=now) else None


def days_changed_since(since: datetime, first: date) -> set[date]:
    """Days since `first` whose rows have changed."""
    events = Event.objects.filter(at__gte=since, generation__created__gte=start_of_day(first))
    created = events.order_by().values_list("generation__created", flat=True).distinct()
    return {day_of(moment) for moment in created.iterator(chunk_size=5000)}


def first_whole_day(seen: datetime, now: datetime) -> date:
    """The first day of which all rows still exist.

    The totals of older days stay, because their rows may have been deleted for good.
    """
    if seen == BEGINNING:
        return day_of(BEGINNING)
    limits = [MAX_LOOKBACK, settings.WANSTUDIO_TRASH_DAYS, settings.WANSTUDIO_KEEP_FAILED_DAYS]
    kept = min(days for days in limits if days is not None)  # at least two
    return day_of(now - timedelta(days=kept)) + timedelta(days=1)


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def rows_of(day: date) -> QuerySet[Generation]:
    begins, ends = start_of_day(day), start_of_day(day + timedelta(days=1))
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
    """The amount that the service reported, or 0 if it is not a number."""
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
    """Write the totals and times of `day` again, from one query of its rows."""
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
    """Seconds waited here, and seconds until the video was saved."""
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
    """Today's decisions, and what is left to review."""
    day = day_of(now)
    decided = Counter(
        Event.objects.filter(kind__in=DECISIONS, at__gte=start_of_day(day))
        .order_by()
        .values_list("kind", flat=True)
    )
    waiting = Generation.objects.waiting_for_review().order_by()
    oldest = waiting.order_by("created").values_list("finished_at", flat=True).first()
    DailyReview.objects.update_or_create(
        day=day,
        defaults={
            **{kind.value: decided[kind] for kind in DECISIONS},
            "backlog": waiting.count(),
            "oldest_hours": (now - oldest).total_seconds() / 3600 if oldest else 0,
        },
    )
