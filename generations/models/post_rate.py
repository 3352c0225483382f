"""How many forms a person has posted in this minute, whatever the results."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections, models
from django.utils import timezone

from wanstudio.durability import unsynced_transaction

PRESS = """
INSERT INTO generations_pace AS pace (user_id, minute, posts) VALUES (%s, %s, 1)
ON CONFLICT (user_id) DO UPDATE SET minute = excluded.minute,
posts = CASE WHEN pace.minute = excluded.minute THEN pace.posts + 1 ELSE 1 END
"""


class PostRateQuerySet(models.QuerySet["PostRate"]):
    def press(self, user: User, now: datetime | None = None) -> int:
        """Count one more form post of this person; returns how many it is in this minute."""
        minute = int((now or timezone.now()).timestamp()) // 60
        with unsynced_transaction(), connections[self.db].cursor() as cursor:
            cursor.execute(PRESS, [user.pk, minute])
            return self.values_list("posts", flat=True).get(user=user)  # SQLite 3.31: no RETURNING


class PostRate(models.Model):
    """The posts of one person in the last clock minute that had any."""

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
