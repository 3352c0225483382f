"""What is stored. Models touch the database and the bell, nothing else."""

from .daily_totals import DailyMark, DailyReview, DailySum, DailyTimes
from .event import Event
from .generation import Generation
from .lookups import Holds
from .poller_lease import Shift
from .post_rate import Pace
from .status import (
    AT_PROVIDER,
    ENDED,
    LEASE,
    LIFETIME,
    NEXT,
    OPEN,
    SETTLED,
    Billed,
    Review,
    Status,
)
from .submit_throttle import FOREVER, Lane

__all__ = [
    "AT_PROVIDER",
    "ENDED",
    "FOREVER",
    "LEASE",
    "LIFETIME",
    "NEXT",
    "OPEN",
    "SETTLED",
    "Billed",
    "DailyMark",
    "DailyReview",
    "DailySum",
    "DailyTimes",
    "Event",
    "Generation",
    "Holds",
    "Lane",
    "Pace",
    "Review",
    "Shift",
    "Status",
]
