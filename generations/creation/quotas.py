"""How much a person, and the site, may ask for in a day. Counts rows, keeps no counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import OPEN, BillingState, Generation, PostRate, Status
from ..models.querysets import GenerationQuerySet
from .pricing import usd

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class QuotaExceededError(Exception):
    """Not now. `sentence` says to the person which limit was met."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What the last 24 hours hold for `user`, and the limits where there are any.

    Nothing is counted until somebody asks, and nobody does without a limit. Amounts are USD.
    """

    user: User
    daily_videos: int | None
    daily_usd: Decimal | None

    @cached_property
    def _used(self) -> tuple[int, Decimal]:
        return used(Generation.objects.owned_by(self.user), timezone.now())

    @property
    def videos(self) -> int:
        return self._used[0]

    @property
    def usd(self) -> Decimal:
        return self._used[1]

    @property
    def videos_left(self) -> int | None:
        return None if self.daily_videos is None else max(0, self.daily_videos - self.videos)

    @property
    def usd_left(self) -> Decimal | None:
        return None if self.daily_usd is None else max(Decimal(0), self.daily_usd - self.usd)

    @cached_property
    def left(self) -> Decimal | None:
        """What one more video may cost: the least that is left of any budget. None without one."""
        budgets = [left for left in (self.usd_left, site_left()) if left is not None]
        return min(budgets, default=None)

    def is_exceeded_by(self, price: Decimal | None) -> bool:
        """A video at `price` would be refused for a budget's sake."""
        return price is not None and self.left is not None and price > self.left


def allowance(user: User) -> Allowance:
    """Used and allowed for this person."""
    return Allowance(
        user=user,
        daily_videos=settings.WANSTUDIO_DAILY_VIDEOS,
        daily_usd=settings.WANSTUDIO_DAILY_USD,
    )


def used(rows: GenerationQuerySet, now: datetime) -> tuple[int, Decimal]:
    """How many of `rows` cost, or may cost, and how much: those on their way, and the day's.

    Two questions, since each has an index and their sum has none.
    """
    cost = {"videos": Count("pk"), "usd": Sum("price", default=Decimal(0))}
    parts = [part.order_by().aggregate(**cost) for part in (rows.open(), of_the_day(rows, now))]
    return sum(part["videos"] for part in parts), sum((part["usd"] for part in parts), Decimal(0))


def of_the_day(rows: GenerationQuerySet, now: datetime) -> GenerationQuerySet:
    """Ended rows that were accepted within a day, perhaps or surely.

    What was cancelled, refused, or found not to be billed does not count.
    """
    ended = rows.exclude(status__in=[*OPEN, Status.CANCELED])  # so that SQLite looks by time
    refused = Q(status=Status.FAILED, remote_id__isnull=True) & ~Q(billed=BillingState.YES)
    lost_nothing = Q(billed=BillingState.NO) & ~Q(status=Status.SUCCEEDED)
    return ended.exclude(refused).exclude(lost_nothing).filter(submitted_at__gt=now - DAY)


def lock(user: User) -> None:
    """Let nobody else count for this person, or for the site, until the transaction has ended.

    SQLite does so by itself: a transaction begins with the right to write (IMMEDIATE).
    """
    people = get_user_model()._default_manager
    people.select_for_update(no_key=True).get(pk=user.pk)
    if settings.WANSTUDIO_SITE_DAILY_USD is not None:
        # Any row that is always there would do; always after the person's, so nobody deadlocks.
        kinds = ContentType.objects.select_for_update(no_key=True)
        kinds.get(app_label="generations", model="generation")


def require(user: User, *, price: Decimal | None = None, count: int = 1) -> None:
    """May this person ask for `count` more videos at `price` together?

    Called inside the transaction that inserts the rows, so that two tabs cannot pass together.
    Raises `QuotaExceededError`.
    """
    lock(user)
    _require_pace(user, count)
    limits = (settings.WANSTUDIO_DAILY_USD, settings.WANSTUDIO_SITE_DAILY_USD)
    if price is None and any(limit is not None for limit in limits):
        raise QuotaExceededError(
            _(
                "There is a daily budget, but no price is set for this video. "
                "Please tell the administrator."
            )
        )
    used = allowance(user)
    _require_videos(used, count)
    _require_usd(used, price or Decimal(0), count)
    _require_site(price or Decimal(0))


def require_pace(user: User) -> None:
    """Count one more form post of this person, whatever comes of it.

    Raises `QuotaExceededError`.
    """
    if PostRate.objects.press(user) > settings.WANSTUDIO_RATE:
        raise QuotaExceededError(too_fast())


def _require_pace(user: User, count: int) -> None:
    recent = Generation.objects.filter(owner_id=user.pk, created__gt=timezone.now() - MINUTE)
    if recent.count() + count > settings.WANSTUDIO_RATE:
        raise QuotaExceededError(too_fast())


def too_fast() -> str:
    return _("That was very fast: you have reached the limit for one minute. Wait a moment.")


def _require_videos(used: Allowance, count: int) -> None:
    left = used.videos_left
    if left is None or left >= count:
        return
    if left == 0:
        raise QuotaExceededError(
            ngettext(
                "You have used your %(count)d video for 24 hours. Try again later.",
                "You have used your %(count)d videos for 24 hours. Try again later.",
                used.daily_videos or 0,
            )
            % {"count": used.daily_videos}
        )
    raise QuotaExceededError(
        ngettext(
            "You have %(left)d video left for 24 hours, and this would be %(count)d. "
            "Nothing was sent.",
            "You have %(left)d videos left for 24 hours, and this would be %(count)d. "
            "Nothing was sent.",
            left,
        )
        % {"left": left, "count": count}
    )


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
    """What is left of the budget of all people together, in USD; None without one."""
    limit = settings.WANSTUDIO_SITE_DAILY_USD
    if limit is None:
        return None
    return max(Decimal(0), limit - used(Generation.objects.all(), timezone.now())[1])
