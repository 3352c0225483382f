"""What is stored. Models touch the database and the bell, nothing else."""

from .daily_totals import DailyMark, DailyReview, DailySum, DailyTimes
from .event import Event
from .generation import Generation
from .lookups import Contains
from .poller_lease import PollerLease
from .post_rate import PostRate
from .status import (
    AT_PROVIDER,
    ENDED,
    LEASE,
    LIFETIME,
    MAX_PLACE_TIME,
    NEXT,
    OPEN,
    SETTLED,
    UPLOAD_LEASE,
    BillingState,
    Review,
    Status,
)
from .submit_throttle import FOREVER, SubmitThrottle
from .worker_heartbeat import WorkerHeartbeat

__all__ = [
    "AT_PROVIDER",
    "ENDED",
    "FOREVER",
    "LEASE",
    "LIFETIME",
    "MAX_PLACE_TIME",
    "NEXT",
    "OPEN",
    "SETTLED",
    "UPLOAD_LEASE",
    "BillingState",
    "DailyMark",
    "DailyReview",
    "DailySum",
    "DailyTimes",
    "Event",
    "Generation",
    "Contains",
    "SubmitThrottle",
    "WorkerHeartbeat",
    "PostRate",
    "Review",
    "PollerLease",
    "Status",
]
