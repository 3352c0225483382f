"""How long a video usually takes, estimated from finished ones."""

from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

from django.db.models import CharField

from ..models import Generation
from ..models.compiled_query import CompiledQuery, Parameter, parameters
from ..models.daily_totals import percentile_90
from ..sizes import IMAGE_SIZES, sizes_of_tier, tier_of

SAMPLES = 50  # the number of newest finished rows
MIN_SAMPLES = 5


@dataclass(frozen=True)
class DurationEstimate:
    """Seconds from submit to finished video: median and 90th percentile."""

    median: float
    ninety: float


def estimate_duration(provider: str, model: str, size: str) -> DurationEstimate | None:
    """From the last videos of this provider, model and tier; None with fewer than five."""
    sizes = [size] if size in IMAGE_SIZES else sizes_of_tier(tier_of(size))
    numbered = {f"size{number}": size for number, size in enumerate(sizes)}
    times = _finished(len(sizes)).tuples(provider=provider, model=model, **numbered)
    seconds = sorted(
        max(0.0, (end - begin).total_seconds()) for begin, end in times if begin and end
    )
    if len(seconds) < MIN_SAMPLES:
        return None
    return DurationEstimate(median(seconds), percentile_90(seconds))


@lru_cache
def _finished(sizes: int) -> CompiledQuery[Generation]:
    """When the last videos of a provider, model and so many sizes were submitted and finished."""
    provider: Any = Parameter("provider", CharField())
    model: Any = Parameter("model", CharField())
    rows = Generation.objects.succeeded().for_throttle(provider, model)
    rows = rows.filter(size__in=parameters("size", CharField(), sizes), submitted_at__isnull=False)
    times = rows.order_by("-finished_at").values_list("submitted_at", "finished_at")
    return CompiledQuery(times[:SAMPLES])


def expected_wait(estimate: DurationEstimate, before: int, max_open: int) -> float:
    """Estimated seconds until a row is sent that has `before` others before it.

    `max_open` tasks run at the same time, people take turns, and durations vary.
    """
    return max(0, before - max_open + 1) / max_open * estimate.median
