"""Files made of finished videos. A new table alone: the release before does not know it."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0014_menu_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("join", "Joined clips"), ("webp", "Animated WebP")], max_length=10
                    ),
                ),
                ("sources", models.JSONField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting for a worker."),
                            ("working", "In the making."),
                            ("ready", "Ready."),
                            ("failed", "Failed."),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("file", models.FileField(blank=True, max_length=200, upload_to="")),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created", "-id"],
                "default_permissions": (),
            },
        ),
    ]
