"""Daily totals, which housekeeping updates so that pages need not count rows."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .status import Status


class DailySum(models.Model):
    """Generations of one day, person and service with the same result, and their cost.

    `estimated`: videos that exist or will, by our prices. `doubtful`: what may have been billed
    without a video. `reported`: the cost that the service reported. All in USD.
    """

    day = models.DateField(_("day"))
    provider = models.CharField(_("service"), max_length=50)
    model = models.CharField(_("model"), max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status.choices)
    error_code = models.CharField(_("error"), max_length=20, blank=True)
    count = models.PositiveIntegerField(_("generations"))
    estimated = models.DecimalField(_("estimated"), max_digits=14, decimal_places=4, default=0)
    doubtful = models.DecimalField(_("in doubt"), max_digits=14, decimal_places=4, default=0)
    reported = models.DecimalField(_("reported"), max_digits=14, decimal_places=4, default=0)

    class Meta:
        verbose_name = _("daily sum")
        verbose_name_plural = _("daily sums")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_sum_per_day_and_kind",
                fields=["day", "provider", "model", "owner", "status", "error_code"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}/{self.model} {self.status} {self.count}"


class DailyTimes(models.Model):
    """How long the finished rows of `day` waited here and ran at the service, in seconds."""

    day = models.DateField(_("day"))
    provider = models.CharField(_("service"), max_length=50)
    model = models.CharField(_("model"), max_length=100)
    waiting_median = models.FloatField()
    waiting_p90 = models.FloatField()
    running_median = models.FloatField()
    running_p90 = models.FloatField()

    class Meta:
        verbose_name = _("daily times")
        verbose_name_plural = _("daily times")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_time_per_day_and_lane", fields=["day", "provider", "model"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}/{self.model} {self.running_median:.0f} s"


class DailyReview(models.Model):
    """The decisions of the day, and what was left to review when it was last counted."""

    day = models.DateField(_("day"), primary_key=True)
    approved = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    flagged = models.PositiveIntegerField(default=0)
    backlog = models.PositiveIntegerField(default=0)
    oldest_hours = models.FloatField(default=0)

    class Meta:
        verbose_name = _("daily review")
        verbose_name_plural = _("daily reviews")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day} {self.backlog} to review"


class DailyMark(models.Model):
    """Up to when the totals are complete, and since when a worker updates them. One row."""

    summed_until = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"summed until {self.summed_until:%Y-%m-%d %H:%M:%S}"


def start_of_day(day: date) -> datetime:
    """The first moment of `day` in the current time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def percentile_90(ordered: Sequence[float]) -> float:
    """The smallest of the `ordered` values that nine of ten values do not exceed."""
    return ordered[-(-len(ordered) * 9 // 10) - 1]
