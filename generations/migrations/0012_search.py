"""The text that is searched, and an index of the database's own over it, where it can have one.

The column is added as it stands: Django would copy SQLite's whole table for it. Processes of the
release before write rows without it, and `refill_search` and housekeeping fill them.
"""

from django.db import migrations, models

import generations.models.search
from generations.models import search_index

ADD = "ALTER TABLE generations_generation ADD COLUMN search_text text DEFAULT '' NOT NULL"
REMOVE = "ALTER TABLE generations_generation DROP COLUMN search_text"


def create(apps, schema_editor):
    search_index.create()


def drop(apps, schema_editor):
    search_index.drop()


class Migration(migrations.Migration):
    dependencies = [("generations", "0011_credentials_hash")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD, REMOVE)],
            state_operations=[
                migrations.AddField(
                    "generation", "search_text", generations.models.search.SearchTextField()
                )
            ],
        ),
        migrations.AddIndex(
            "generation",
            models.Index(condition=models.Q(search_text=""), fields=["id"], name="unsearched"),
        ),
        migrations.AddIndex(
            "generation",
            models.Index(
                condition=models.Q(seed__isnull=False), fields=["seed"], name="seeds"
            ),
        ),
        migrations.RunPython(create, drop),
    ]
