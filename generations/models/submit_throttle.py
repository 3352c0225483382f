"""How often requests are sent to one provider account and model, and whether at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .backoff import BREAKER_FAILURES, BREAKER_PAUSE, MAX_PAUSE, is_due
from .event import Event, EventKind

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # paused until a person resumes it
QUOTA_PAUSE = 60.0  # seconds: after that, a quota per minute is available again
MAX_QUOTA_PAUSES = 10
KEY_CHANGE_PAUSE = timedelta(seconds=10)  # from the last submit until a changed key is tried
QUOTA = "quota"  # refusals with this cause are counted separately
NOT_PAUSED = {"paused_until": None, "pause_code": "", "pause_detail": ""}


class SubmitThrottleQuerySet(models.QuerySet["SubmitThrottle"]):
    def at(self, provider: str, model: str) -> SubmitThrottle:
        """The throttle of this provider and model, created on first use."""
        self.bulk_create([SubmitThrottle(provider=provider, model=model)], ignore_conflicts=True)
        return self.get(provider=provider, model=model)

    def ready(self, now: datetime) -> SubmitThrottleQuerySet:
        """Throttles that may send now: their `next_at` has come and they are not paused."""
        paused = Q(paused_until__gt=now, paused_until__lte=now + MAX_PAUSE)
        return self.filter(is_due("next_at", now)).exclude(paused | Q(paused_until=FOREVER))

    def paused(self) -> SubmitThrottleQuerySet:
        """Throttles that a person must resume."""
        return self.filter(paused_until=FOREVER)

    def refused(self, code: str, now: datetime) -> SubmitThrottleQuerySet:
        """Paused throttles of this code that know which key was refused, and have waited a while.

        Without the wait, workers with an old and a new key would undo each other's change.
        """
        rested = is_due("next_at", now - KEY_CHANGE_PAUSE)
        return self.paused().filter(rested, pause_code=code).exclude(credentials_hash="")

    def in_outage(self) -> SubmitThrottleQuerySet:
        """Throttles that fail repeatedly without being paused: they are tried from time to time."""
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
        """Stop sending until a person resumes: this model, or all models of the provider.

        With the hash of a refused key: until that key has changed.
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
    """Pace, circuit breaker and lock in one row: the process that moves `next_at` may send.

    `pause_code` and `pause_detail` say why it is paused, or how it failed last.
    """

    provider = models.CharField(_("service"), max_length=50)
    model = models.CharField(_("model"), max_length=100)
    next_at = models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC))
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_code = models.CharField(max_length=20, blank=True)
    pause_detail = models.TextField(blank=True)
    # `Provider.credentials_hash` of the refused key. It is never displayed.
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
        """Take the right to send one request; nobody else sends for `gap` seconds. One wins."""
        throttle = SubmitThrottle.objects.ready(now).filter(pk=self.pk)
        return bool(throttle.update(next_at=now + timedelta(seconds=gap)))

    def postpone(self, seconds: float) -> None:
        """Send nothing for this time (ten minutes at most), as the service asked."""
        pause = min(timedelta(seconds=seconds), MAX_PAUSE)
        self._row().update(next_at=timezone.now() + pause)

    def record_failure(self, code: str = "", detail: str = "") -> None:
        """Count an outage. From the fifth in a row, send one probe per growing pause."""
        self._count(code, detail)
        extra = self.failures - BREAKER_FAILURES
        if extra >= 0 and not self.is_paused:
            pause = min(BREAKER_PAUSE * 2 ** min(extra, 10), MAX_PAUSE)
            self._row().update(paused_until=timezone.now() + pause)

    def rest(self, code: str, detail: str) -> None:
        """Send nothing for half a minute because of a problem here; pages and staff are told."""
        cause = {"pause_code": code, "pause_detail": detail, "failures": BREAKER_FAILURES}
        throttle = self._row().exclude(paused_until=FOREVER)
        resting = throttle.update(paused_until=timezone.now() + BREAKER_PAUSE, **cause)
        if resting and self.pause_code != code:
            self._log(EventKind.PAUSED, {"code": code}, note=detail)

    def end_rest(self, code: str) -> None:
        """Send at once if the throttle waits because of that problem."""
        if self.pause_code != code or self.is_paused:
            return
        if self._row().filter(pause_code=code).update(failures=0, **NOT_PAUSED):
            self._log(EventKind.RESUMED)

    def quota_refused(self, detail: str = "") -> bool:
        """Wait for a minute: the quota may be free again then. False after ten such waits."""
        self._count(QUOTA, detail)
        if self.failures > MAX_QUOTA_PAUSES:
            return False
        self.postpone(QUOTA_PAUSE)
        return True

    def _count(self, code: str, detail: str) -> None:
        """Count one more failure and store its cause. A cause that needs a person is kept."""
        self.refresh_from_db(fields=["failures", "paused_until", "pause_code"])
        alike = (self.pause_code == QUOTA) == (code == QUOTA)
        self._row().update(failures=F("failures") + 1 if alike else 1)
        unpaused = self._row().exclude(paused_until=FOREVER)
        unpaused.update(pause_code=code, pause_detail=detail)
        self.refresh_from_db(fields=["failures", "paused_until", "pause_code", "pause_detail"])

    def record_success(self) -> None:
        """The service answered: close the circuit breaker."""
        if self.failures:
            self._row().exclude(paused_until=FOREVER).update(**NOT_PAUSED)
            self._row().update(failures=0)

    def resume(self, by: User | None = None, note: str = "") -> None:
        """Send again, and resume the throttles that were paused with this one."""
        self.refresh_from_db()
        cause = {"pause_code": self.pause_code, "pause_detail": self.pause_detail}
        together = SubmitThrottle.objects.paused().filter(provider=self.provider, **cause)
        pks = [self.pk, *together.values_list("pk", flat=True)]
        SubmitThrottle.objects.filter(pk__in=pks).update(
            credentials_hash="", failures=0, next_at=timezone.now(), **NOT_PAUSED
        )
        self._log(EventKind.RESUMED, by=by, note=note)

    def _row(self) -> SubmitThrottleQuerySet:
        return SubmitThrottle.objects.filter(pk=self.pk)

    def _log(self, kind: EventKind, data: dict[str, str] | None = None, **event: Any) -> None:
        data = {"provider": self.provider, "model": self.model} | (data or {})
        Event.objects.create(kind=kind, data=data, **event)
