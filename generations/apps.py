"""The app's registration with Django."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_save
from django.utils.translation import gettext_lazy as _


class GenerationsConfig(AppConfig):
    name = "generations"
    verbose_name = _("Generations")

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from generations import checks  # noqa: F401  (importing registers them)
        from generations.accounts.names import validate_name
        from generations.worker.pickled_columns import never_unpickle

        never_unpickle()
        pre_save.connect(lower_address, sender=User)
        # Every door asks the field: sign-up, set-up, administration, createsuperuser.
        User._meta.get_field("username").validators.append(validate_name)


def lower_address(instance: Any, **kwargs: Any) -> None:
    """Addresses are looked for in small letters."""
    instance.email = instance.email.lower()
