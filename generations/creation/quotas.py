"""Limits per day for a person and for the site. Counts rows and keeps no counters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import OPEN, BillingState, Generation, PostRate, Status
from ..models.querysets import GenerationQuerySet
from .pricing import usd

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TOO_FAST = gettext_lazy(
    "That was very fast: you have reached the limit for one minute. Wait a moment."
)


class QuotaExceededError(Exception):
    """A limit was reached. `str()` tells the person which one."""


@dataclass(frozen=True)
class Allowance:
    """What `user` has used in the last 24 hours, and the limits that are set.

    Counts only on access, and only with a limit. Amounts are USD.
    """

    user: User

    @cached_property
    def used(self) -> tuple[int, Decimal]:
        """Videos, and their cost."""
        return used(Generation.objects.owned_by(self.user), timezone.now())

    @property
    def videos_left(self) -> int | None:
        limit = settings.WANSTUDIO_DAILY_VIDEOS
        return None if limit is None else max(0, limit - self.used[0])

    @property
    def usd_left(self) -> Decimal | None:
        limit = settings.WANSTUDIO_DAILY_USD
        return None if limit is None else max(Decimal(0), limit - self.used[1])

    @cached_property
    def left(self) -> Decimal | None:
        """What one more video may cost: the smallest remaining budget. None without a budget."""
        budgets = [left for left in (self.usd_left, site_left()) if left is not None]
        return min(budgets, default=None)

    def is_exceeded_by(self, price: Decimal | None) -> bool:
        """Whether a video at `price` would exceed a budget."""
        return price is not None and self.left is not None and price > self.left


def used(rows: GenerationQuerySet, now: datetime) -> tuple[int, Decimal]:
    """How many of `rows` cost something, or may, and how much: open rows, and today's.

    Two queries, because each has an index and their union has none.
    """
    cost = {"videos": Count("pk"), "usd": Sum("price", default=Decimal(0))}
    parts = [part.order_by().aggregate(**cost) for part in (rows.open(), of_the_day(rows, now))]
    return sum(part["videos"] for part in parts), sum((part["usd"] for part in parts), Decimal(0))


def of_the_day(rows: GenerationQuerySet, now: datetime) -> GenerationQuerySet:
    """Ended rows that were accepted, or may have been, within a day.

    Without canceled and refused rows, and those that were not billed.
    """
    ended = rows.exclude(status__in=[*OPEN, Status.CANCELED])  # SQLite then uses the index by time
    refused = Q(status=Status.FAILED, remote_id__isnull=True) & ~Q(billed=BillingState.YES)
    lost_nothing = Q(billed=BillingState.NO) & ~Q(status=Status.SUCCEEDED)
    return ended.exclude(refused).exclude(lost_nothing).filter(submitted_at__gt=now - DAY)


def lock(user: User) -> None:
    """Serialize the counting for this person, or the site, until the transaction ends.

    SQLite does this itself: its transactions begin with a write lock (IMMEDIATE).
    """
    if not connection.features.has_select_for_update:
        return
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
    if settings.WANSTUDIO_SITE_DAILY_USD is not None:
        # Any permanent row works. It is locked after the row of the person, so that no deadlock
        # occurs.
        kinds = ContentType.objects.select_for_update(no_key=True)
        kinds.get(app_label="generations", model="generation")


def require(user: User, *, price: Decimal | None = None, count: int = 1) -> None:
    """Check that this person may request `count` more videos for `price` in total.

    Call it after `lock`, in the transaction that inserts the rows, so that two requests cannot both
    pass. Raises `QuotaExceededError`.
    """
    _require_pace(user, count)
    limits = (settings.WANSTUDIO_DAILY_USD, settings.WANSTUDIO_SITE_DAILY_USD)
    if price is None and any(limit is not None for limit in limits):
        raise QuotaExceededError(
            _(
                "There is a daily budget, but no price is set for this video. "
                "Please tell the administrator."
            )
        )
    used = Allowance(user)
    _require_videos(used, count)
    _require_usd(used, price or Decimal(0), count)
    _require_site(price or Decimal(0))


def require_pace(user: User) -> None:
    """Count one more form post of this person, whatever its result.

    Raises `QuotaExceededError`.
    """
    if PostRate.objects.press(user) > settings.WANSTUDIO_RATE:
        raise QuotaExceededError(str(TOO_FAST))


def _require_pace(user: User, count: int) -> None:
    recent = Generation.objects.filter(owner_id=user.pk, created__gt=timezone.now() - MINUTE)
    if recent.count() + count > settings.WANSTUDIO_RATE:
        raise QuotaExceededError(str(TOO_FAST))


def _require_videos(used: Allowance, count: int) -> None:
    left = used.videos_left
    if left is None or left >= count:
        return
    sentence = ngettext(
        "You have %(left)d video left for 24 hours, and this would be %(count)d. Nothing was sent.",
        "You have %(left)d videos left for 24 hours, and this would be %(count)d. "
        "Nothing was sent.",
        left,
    )
    if left == 0:
        count = settings.WANSTUDIO_DAILY_VIDEOS or 0
        sentence = ngettext(
            "You have used your %(count)d video for 24 hours. Try again later.",
            "You have used your %(count)d videos for 24 hours. Try again later.",
            count,
        )
    raise QuotaExceededError(sentence % {"left": left, "count": count})


def _require_usd(used: Allowance, price: Decimal, count: int) -> None:
    if not price or used.usd_left is None or price <= used.usd_left:
        return
    sentence = ngettext(
        "This video would cost about %(price)s, and %(left)s is left of your budget "
        "for 24 hours. Choose a smaller size, or try again later.",
        "These %(count)d videos would cost about %(price)s, and %(left)s is left of your budget "
        "for 24 hours. Nothing was sent: choose fewer, or a smaller size.",
        count,
    )
    words = {"count": count, "price": usd(price), "left": usd(used.usd_left)}
    raise QuotaExceededError(sentence % words)


def _require_site(price: Decimal) -> None:
    left = site_left() if price else None
    if left is not None and price > left:
        raise QuotaExceededError(_("The studio's budget for 24 hours is used up. Try again later."))


def site_left() -> Decimal | None:
    """The remaining budget of all people, in USD; None without one."""
    limit = settings.WANSTUDIO_SITE_DAILY_USD
    if limit is None:
        return None
    return max(Decimal(0), limit - used(Generation.objects.all(), timezone.now())[1])
