"""The app's registration with Django."""

import gc
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext_lazy as _


class GenerationsConfig(AppConfig):
    name = "generations"
    verbose_name = _("Generations")

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        gc.disable()  # until the apps are ready: what is imported now is no garbage

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from generations import checks  # noqa: F401  (importing registers them)
        from generations.accounts.names import release_name, reserve_name, validate_name
        from generations.worker.pickled_columns import never_unpickle

        never_unpickle()
        pre_save.connect(lower_address, sender=User)
        pre_save.connect(reserve_name, sender=User)
        post_save.connect(release_name, sender=User)
        # All forms use the field: sign-up, set-up, administration, createsuperuser.
        User._meta.get_field("username").validators.append(validate_name)
        gc.freeze()  # what was imported stays, and forked processes share its memory
        gc.enable()


def lower_address(instance: Any, **kwargs: Any) -> None:
    """Addresses are looked for in small letters."""
    instance.email = instance.email.lower()
