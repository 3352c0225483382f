"""How often a person pressed the button, whatever came of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone


class PostRateQuerySet(models.QuerySet["PostRate"]):
    def press(self, user: User, now: datetime | None = None) -> int:
        """Count one more form post of this person; returns how many it is in this minute."""
        minute = int((now or timezone.now()).timestamp()) // 60
        again = Case(When(minute=minute, then=F("posts") + 1), default=Value(1))
        with transaction.atomic():
            if not self.filter(user=user).update(posts=again, minute=minute):
                self.bulk_create([PostRate(user=user, minute=minute)], ignore_conflicts=True)
                self.filter(user=user).update(posts=again, minute=minute)
            return self.values_list("posts", flat=True).get(user=user)


class PostRate(models.Model):
    """The posts of one person in the last minute that had any. Minutes are those of the clock."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    minute = models.PositiveBigIntegerField()
    posts = models.PositiveIntegerField(default=0)

    objects = PostRateQuerySet.as_manager()

    class Meta:
        db_table = "generations_pace"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.posts} posts"
