"""The three roles of staff, as groups. Change them in the admin as you like."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = {
    "reviewer": ["view_generation", "review_generation", "view_event"],
    "operator": [
        "view_generation",
        "repair_generation",
        "make_again_generation",
        "view_event",
        "view_lane",
    ],
    "finance": ["view_spend"],
}


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Permissions are normally made after all migrations; the groups need them now."""
    config = apps.get_app_config("generations")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = Permission.objects.filter(
            content_type__app_label="generations", codename__in=codenames
        )
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0002_daily_sums"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
