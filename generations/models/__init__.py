"""What is stored. Models touch the database and the task queue, nothing else."""

from .claims import claim_next_store, claim_polls, claim_store, claim_submit, queue_positions
from .collection import Collection
from .conversion import Conversion, ConversionKind
from .daily_totals import DailyMark, DailyReview, DailySum, DailyTimes
from .event import Event, EventKind, RepairAction
from .generation import Generation
from .origin import OriginKind
from .poller_lease import PollerLease
from .post_rate import PostRate
from .querysets import can_view_all, can_view_costs
from .rate_limit import RateLimit
from .status import (
    AT_PROVIDER,
    ENDED,
    LEASE,
    LIFETIME,
    NEXT,
    OPEN,
    UPLOAD_LEASE,
    BillingState,
    Review,
    Status,
)
from .submit_throttle import FOREVER, SubmitThrottle
from .visibility import readable_rows
from .worker_heartbeat import WorkerHeartbeat
