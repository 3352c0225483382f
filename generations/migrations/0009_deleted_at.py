"""When an owner deleted a row for good: its files go, the row stays for the sums of its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generations", "0008_rate_limits")]

    operations = [
        migrations.AddField(
            "generation",
            "deleted_at",
            models.DateTimeField(blank=True, null=True, verbose_name="deleted for good"),
        ),
    ]
