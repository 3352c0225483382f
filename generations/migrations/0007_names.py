"""Models and fields get other names in Python. Tables and columns keep theirs.

Two columns are not used any more. They stay in the database, so that processes of the release
before run beside those of this one; `turns` has a default there for rows that this one writes.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("generations", "0006_turns_claims_trash"),
    ]

    operations = [
        migrations.AlterModelTable(name="lane", table="generations_lane"),
        migrations.RenameModel(old_name="Lane", new_name="SubmitThrottle"),
        migrations.AlterModelTable(name="shift", table="generations_shift"),
        migrations.RenameModel(old_name="Shift", new_name="PollerLease"),
        migrations.AlterModelTable(name="pace", table="generations_pace"),
        migrations.RenameModel(old_name="Pace", new_name="PostRate"),
        migrations.AlterModelOptions("pollerlease", {"default_permissions": ()}),
        migrations.AlterModelOptions(
            "submitthrottle",
            {
                "default_permissions": (),
                "permissions": [("view_lane", "Can view service lines")],
                "verbose_name": "service line",
                "verbose_name_plural": "service lines",
            },
        ),
        migrations.CreateModel(
            name="WorkerHeartbeat",
            fields=[
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        default=1000, primary_key=True, serialize=False
                    ),
                ),
                ("seen_at", models.DateTimeField(db_column="until")),
                ("housekeeping_at", models.DateTimeField(db_column="begun_at", null=True)),
            ],
            options={
                "db_table": "generations_shift",
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            "generation", "facts", models.JSONField(blank=True, db_column="facts", default=dict)
        ),
        migrations.RenameField("generation", "facts", "provider_data"),
        migrations.AlterField(
            "generation",
            "looked_at_by",
            models.ForeignKey(
                blank=True,
                db_column="looked_at_by_id",
                null=True,
                on_delete=models.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RenameField("generation", "looked_at_by", "review_locked_by"),
        migrations.AlterField(
            "generation",
            "looked_at_until",
            models.DateTimeField(blank=True, db_column="looked_at_until", null=True),
        ),
        migrations.RenameField("generation", "looked_at_until", "review_locked_until"),
        migrations.AlterField(
            "pollerlease", "turns", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("pollerlease", "turns"),
                migrations.RemoveField("submitthrottle", "paused_by"),
            ]
        ),
    ]
