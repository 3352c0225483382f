"""The app's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationsConfig(AppConfig):
    name = "generations"
    verbose_name = _("Generations")

    def ready(self) -> None:
        from generations import checks  # noqa: F401  (importing registers them)
        from generations.worker.pickled_columns import never_unpickle

        never_unpickle()
