"""What is stored. Models touch the database and the bell, nothing else."""

from .day import DailyMark, DailyReview, DailySum, DailyTimes
from .event import Event
from .generation import Generation
from .lane import FOREVER, Lane
from .lookups import Holds
from .pace import Pace
from .shift import Shift
from .status import AT_PROVIDER, ENDED, LEASE, LIFETIME, NEXT, OPEN, SETTLED, Billed, Review, Status

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
