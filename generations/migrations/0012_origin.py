"""What a generation was made from. Processes of the release before insert rows without it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generations", "0011_credentials_hash")]

    operations = [
        migrations.AddField(
            "generation",
            "origin",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="made_from_it",
                to="generations.generation",
                verbose_name="made from",
            ),
        ),
        migrations.AddField(
            "generation",
            "origin_kind",
            models.CharField(
                blank=True,
                choices=[
                    ("larger", "1080P version"),
                    ("remix", "remix"),
                    ("continuation", "continuation"),
                ],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            "generation",
            models.Index(
                condition=models.Q(origin__isnull=False), fields=["origin"], name="made_from"
            ),
        ),
    ]
