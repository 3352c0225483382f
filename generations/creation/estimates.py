"""How long a video usually takes, from our own finished ones. Too few of them, no estimate."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from ..models import Generation
from ..models.daily_totals import percentile_90
from ..sizes import IMAGE_SIZES, sizes_of_tier, tier_of

SAMPLES = 50  # the last so many finished ones
MIN_SAMPLES = 5


@dataclass(frozen=True)
class DurationEstimate:
    """Seconds from the submit to the finished video: the median, and the 90th percentile."""

    median: float
    ninety: float


def estimate_duration(provider: str, model: str, size: str) -> DurationEstimate | None:
    """From the last videos of this provider, model and tier; None under five samples."""
    sizes = [size] if size in IMAGE_SIZES else sizes_of_tier(tier_of(size))
    finished = Generation.objects.succeeded().for_throttle(provider, model)
    times = (
        finished.filter(size__in=sizes, submitted_at__isnull=False)
        .order_by("-finished_at")
        .values_list("submitted_at", "finished_at")[:SAMPLES]
    )
    seconds = sorted(
        max(0.0, (end - begin).total_seconds()) for begin, end in times if begin and end
    )
    if len(seconds) < MIN_SAMPLES:
        return None
    return DurationEstimate(median(seconds), percentile_90(seconds))


def expected_wait(estimate: DurationEstimate, before: int, max_open: int) -> float:
    """Seconds until a row is sent that has `before` others at the provider or ahead of it.

    An estimate: `max_open` run at once, the order is fair between people, and each video takes
    its own time.
    """
    return max(0, before - max_open + 1) / max_open * estimate.median
