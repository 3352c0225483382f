"""How long it usually takes, from our own finished videos. Never a guess: too few, no answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from statistics import median

from ..models import Generation
from ..providers.base import TEXT_SIZES
from .pricing import tier

SAMPLES = 50  # the last so many finished ones
MIN_SAMPLES = 5


@dataclass(frozen=True)
class DurationEstimate:
    """Seconds from being sent to being ready: the median, and what nine of ten stay under."""

    median: float
    ninety: float


def usual(provider: str, model: str, size: str) -> DurationEstimate | None:
    """What videos of this service, model and tier took lately; None under five samples."""
    finished = Generation.objects.succeeded().for_throttle(provider, model)
    times = (
        finished.filter(size__in=_sizes_of_tier(size), submitted_at__isnull=False)
        .order_by("-finished_at")
        .values_list("submitted_at", "finished_at")[:SAMPLES]
    )
    seconds = sorted(max(0.0, (end - begin).total_seconds()) for begin, end in times)
    if len(seconds) < MIN_SAMPLES:
        return None
    return DurationEstimate(median(seconds), seconds[ceil(0.9 * len(seconds)) - 1])


def expected_wait(known: DurationEstimate, before: int, max_open: int) -> float:
    """Seconds until a row is sent that has `before` others at the service or ahead in line.

    An estimate: `max_open` run at once, turns go round between people, and each video takes its
    own time.
    """
    return max(0, before - max_open + 1) / max_open * known.median


def _sizes_of_tier(size: str) -> list[str]:
    if size not in TEXT_SIZES:
        return [size]
    return [one for one in TEXT_SIZES if tier(one) == tier(size)]
