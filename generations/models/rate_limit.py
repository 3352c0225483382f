"""What is kept for a while: counts of wrong passwords, sign-ups and mails; names in the making."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone


class RateLimitQuerySet(models.QuerySet["RateLimit"]):
    def live(self) -> RateLimitQuerySet:
        return self.filter(expires_at__gt=timezone.now())

    def expired(self) -> RateLimitQuerySet:
        return self.filter(expires_at__lte=timezone.now())

    def put(self, key: str, value: Any, seconds: float) -> None:
        row = RateLimit(key=key, value=value, expires_at=in_seconds(seconds))
        changes = ["value", "expires_at"]
        self.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=changes)

    def put_new(self, key: str, value: Any, seconds: float) -> bool:
        """Add the key. False, without a change, if it exists."""
        self.expired().filter(key=key).delete()
        try:
            with transaction.atomic():
                self.create(key=key, value=value, expires_at=in_seconds(seconds))
        except IntegrityError:
            return False
        return True


class RateLimit(models.Model):
    """One count, by the key that the accounts library gives it, or a name; names are hashed."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    objects = RateLimitQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


def in_seconds(seconds: float) -> Any:
    return timezone.now() + timedelta(seconds=seconds)
