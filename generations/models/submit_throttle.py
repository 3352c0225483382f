"""How often one provider account and model may be sent to, and whether it may be at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .backoff import BREAKER_FAILURES, BREAKER_PAUSE, MAX_PAUSE, is_due
from .event import Event, EventKind

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # paused until a person resumes
QUOTA_PAUSE = 60.0  # seconds: what is counted per minute is free again by then
MAX_QUOTA_PAUSES = 10
KEY_CHANGE_PAUSE = timedelta(seconds=10)  # from the last submit until a changed key is tried
QUOTA = "quota"  # refusals of this cause are counted for themselves


class SubmitThrottleQuerySet(models.QuerySet["SubmitThrottle"]):
    def at(self, provider: str, model: str) -> SubmitThrottle:
        """The throttle of this provider and model, created on first use."""
        self.bulk_create([SubmitThrottle(provider=provider, model=model)], ignore_conflicts=True)
        return self.get(provider=provider, model=model)

    def ready(self, now: datetime) -> SubmitThrottleQuerySet:
        """Throttles that may send now: their spacing is over and nobody paused them."""
        paused = Q(paused_until__gt=now, paused_until__lte=now + MAX_PAUSE)
        return self.filter(is_due("next_at", now)).exclude(paused | Q(paused_until=FOREVER))

    def paused(self) -> SubmitThrottleQuerySet:
        """Throttles that a person must resume."""
        return self.filter(paused_until=FOREVER)

    def refused(self, code: str, now: datetime) -> SubmitThrottleQuerySet:
        """Paused throttles of this code that know which key was refused, and rest for a while.

        Without that while, workers with an old and a new key would undo each other at once.
        """
        rested = is_due("next_at", now - KEY_CHANGE_PAUSE)
        return self.paused().filter(rested, pause_code=code).exclude(credentials_hash="")

    def in_outage(self) -> SubmitThrottleQuerySet:
        """Throttles that fail again and again, but wait for nobody: they are tried now and then."""
        out = self.filter(failures__gte=BREAKER_FAILURES).exclude(paused_until=FOREVER)
        return out.exclude(pause_code=QUOTA)

    def pause(
        self,
        provider: str,
        model: str,
        *,
        whole_service: bool,
        code: str,
        detail: str,
        credentials_hash: str = "",
    ) -> None:
        """Stop sending until a person resumes: this model, or everything of the provider.

        With the hash of a refused key, until that key has changed.
        """
        self.at(provider, model)
        throttles = self.filter(provider=provider).exclude(paused_until=FOREVER)
        if not whole_service:
            throttles = throttles.filter(model=model)
        cause = {"pause_code": code, "pause_detail": detail, "credentials_hash": credentials_hash}
        if throttles.update(paused_until=FOREVER, **cause):
            data = {"provider": provider, "model": "" if whole_service else model, "code": code}
            Event.objects.create(kind=EventKind.PAUSED, note=detail, data=data)


class SubmitThrottle(models.Model):
    """Spacing, breaker and lock in one row: whoever moves `next_at` may send one.

    `pause_code` and `pause_detail` tell why it is paused, or how it failed last.
    """

    provider = models.CharField(_("service"), max_length=50)
    model = models.CharField(_("model"), max_length=100)
    next_at = models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC))
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_code = models.CharField(max_length=20, blank=True)
    pause_detail = models.TextField(blank=True)
    # `Provider.credentials_hash` of the key that was refused. For nobody's eyes.
    credentials_hash = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )

    objects = SubmitThrottleQuerySet.as_manager()

    class Meta:
        db_table = "generations_lane"
        default_permissions = ()
        permissions = [("view_lane", _("Can view service lines"))]
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "model"], name="one_lane_per_account_and_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def is_paused(self) -> bool:
        """True while a person must act."""
        return self.paused_until == FOREVER

    @property
    def is_in_outage(self) -> bool:
        """True if sending has failed for minutes."""
        outage = self.failures >= BREAKER_FAILURES and self.pause_code != QUOTA
        return outage and not self.is_paused

    def acquire(self, gap: float, now: datetime) -> bool:
        """Take the right to send one, and send no other for `gap` seconds. Of many, one wins."""
        throttle = SubmitThrottle.objects.ready(now).filter(pk=self.pk)
        return bool(throttle.update(next_at=now + timedelta(seconds=gap)))

    def postpone(self, seconds: float) -> None:
        """Send nothing for so long (ten minutes at most): the service asked for it."""
        pause = min(timedelta(seconds=seconds), MAX_PAUSE)
        SubmitThrottle.objects.filter(pk=self.pk).update(next_at=timezone.now() + pause)

    def record_failure(self, code: str = "", detail: str = "") -> None:
        """Count an outage. From the fifth in a row on, one probe per growing pause."""
        self._count(code, detail)
        extra = self.failures - BREAKER_FAILURES
        if extra >= 0 and not self.is_paused:
            pause = min(BREAKER_PAUSE * 2 ** min(extra, 10), MAX_PAUSE)
            SubmitThrottle.objects.filter(pk=self.pk).update(paused_until=timezone.now() + pause)

    def rest(self, code: str, detail: str) -> None:
        """Send nothing for half a minute, by a cause of our own, which pages and staff are told."""
        cause = {"pause_code": code, "pause_detail": detail, "failures": BREAKER_FAILURES}
        throttle = SubmitThrottle.objects.filter(pk=self.pk).exclude(paused_until=FOREVER)
        resting = throttle.update(paused_until=timezone.now() + BREAKER_PAUSE, **cause)
        if resting and self.pause_code != code:
            data = {"provider": self.provider, "model": self.model, "code": code}
            Event.objects.create(kind=EventKind.PAUSED, note=detail, data=data)

    def end_rest(self, code: str) -> None:
        """Send at once if it rests by that cause."""
        if self.pause_code != code or self.is_paused:
            return
        rested = SubmitThrottle.objects.filter(pk=self.pk, pause_code=code)
        if rested.update(paused_until=None, pause_code="", pause_detail="", failures=0):
            data = {"provider": self.provider, "model": self.model}
            Event.objects.create(kind=EventKind.RESUMED, data=data)

    def quota_refused(self, detail: str = "") -> bool:
        """Rest for a minute: the quota may be free again then. False after ten such rests."""
        self._count(QUOTA, detail)
        if self.failures > MAX_QUOTA_PAUSES:
            return False
        self.postpone(QUOTA_PAUSE)
        return True

    def _count(self, code: str, detail: str) -> None:
        """Count one more in a row and keep its cause. What a person must mend stays as it is."""
        self.refresh_from_db(fields=["failures", "paused_until", "pause_code"])
        alike = (self.pause_code == QUOTA) == (code == QUOTA)
        throttle = SubmitThrottle.objects.filter(pk=self.pk)
        throttle.update(failures=F("failures") + 1 if alike else 1)
        throttle.exclude(paused_until=FOREVER).update(pause_code=code, pause_detail=detail)
        self.refresh_from_db(fields=["failures", "paused_until", "pause_code", "pause_detail"])

    def record_success(self) -> None:
        """The service answered: close the breaker."""
        if self.failures:
            throttle = SubmitThrottle.objects.filter(pk=self.pk)
            open_again = {"paused_until": None, "pause_code": "", "pause_detail": ""}
            throttle.exclude(paused_until=FOREVER).update(**open_again)
            throttle.update(failures=0)

    def resume(self, by: User | None = None, note: str = "") -> None:
        """Send again, and resume the throttles paused with this one: a person fixed the cause."""
        self.refresh_from_db()
        cause = {"pause_code": self.pause_code, "pause_detail": self.pause_detail}
        together = SubmitThrottle.objects.paused().filter(provider=self.provider, **cause)
        SubmitThrottle.objects.filter(
            pk__in=[self.pk, *together.values_list("pk", flat=True)]
        ).update(
            paused_until=None,
            pause_code="",
            pause_detail="",
            credentials_hash="",
            failures=0,
            next_at=timezone.now(),
        )
        data = {"provider": self.provider, "model": self.model}
        Event.objects.create(kind=EventKind.RESUMED, by=by, note=note, data=data)
