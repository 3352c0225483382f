"""What sign-in counts, and addresses in small letters, as the accounts library looks for them.

The tables of django-axes stay: processes of the release before write to them.
"""

from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower


def lower_addresses(apps, schema_editor):
    apps.get_model("auth", "User").objects.update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("generations", "0007_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=250, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(lower_addresses, migrations.RunPython.noop),
    ]
