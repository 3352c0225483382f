"""What a generation was made from. Processes of the release before insert rows without it.

The second column is added as it stands: Django would copy SQLite's whole table for it.
"""

import django.db.models.deletion
from django.db import migrations, models

ADD = "ALTER TABLE generations_generation ADD COLUMN origin_kind varchar(20) DEFAULT '' NOT NULL"
REMOVE = "ALTER TABLE generations_generation DROP COLUMN origin_kind"


class Migration(migrations.Migration):
    dependencies = [("generations", "0012_search")]

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
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD, REMOVE)],
            state_operations=[
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
                )
            ],
        ),
        migrations.AddIndex(
            "generation",
            models.Index(
                condition=models.Q(origin__isnull=False), fields=["origin"], name="made_from"
            ),
        ),
    ]
