"""Where rows stand in their queue: asked once for all cards of a page."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar, cast

from django.core.cache import caches
from django.utils import timezone

from .. import wording
from ..creation import estimates
from ..models import Generation, Status, SubmitThrottle, queue_positions
from ..models.claims import QUEUE_CACHE_SECONDS
from ..providers import providers
from ..providers.errors import ErrorCode

NONE_HELD = (0, 0)
T = TypeVar("T")


class QueuePositions:
    """Where `rows`, which wait, stand in the queues of their services."""

    def __init__(self, rows: Iterable[Generation], *, is_live: bool = False) -> None:
        """For a live answer all pages of a process share what they asked within a second."""
        rows = list(rows)
        self.ahead = queue_positions(rows) if rows else {}
        self.is_live = is_live

    @cached_property
    def throttles(self) -> dict[tuple[str, str], SubmitThrottle]:
        return self._shared(
            "submit-throttles",
            lambda: {(each.provider, each.model): each for each in SubmitThrottle.objects.all()},
        )

    @cached_property
    def places(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Per service and model: the places that are held, and how many of them by late rows."""
        return self._shared("held-places", lambda: Generation.objects.count_places(timezone.now()))

    def _shared(self, name: str, ask: Callable[[], T]) -> T:
        if not self.is_live:
            return ask()
        return cast("T", caches["local"].get_or_set(name, ask, QUEUE_CACHE_SECONDS))

    def expected_wait(self, row: Generation, known: estimates.DurationEstimate) -> float:
        """Seconds until `row` is sent."""
        provider = providers.get(row.provider)
        held, _ = self.places.get((row.provider, row.model), NONE_HELD)
        before = held + self.ahead.get(row.pk, 0)
        return estimates.expected_wait(known, before, provider.max_open if provider else 1)

    def place_of(self, row: Generation) -> wording.Place:
        provider = providers.get(row.provider)
        label = provider.label or row.provider if provider else ""
        if row.status != Status.QUEUED:
            return wording.Place(label=label)
        throttle = self.throttles.get((row.provider, row.model))
        resting = (
            throttle is not None and bool(row.error_code) and throttle.next_at > timezone.now()
        )
        outage = throttle if throttle and throttle.is_in_outage else None
        held, late = self.places.get((row.provider, row.model), NONE_HELD)
        return wording.Place(
            label=label,
            ahead=self.ahead.get(row.pk, 0),
            pause_code=throttle.pause_code if throttle and throttle.is_paused else "",
            resting=resting,
            outage_code=(outage.pause_code or ErrorCode.UNREACHABLE) if outage else "",
            blocked=bool(provider and late and held >= provider.max_open),
        )
