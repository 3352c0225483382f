"""The configured providers by alias: `PROVIDERS` in the settings, built on first use."""

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from generations.providers.base import Provider


class Providers(Mapping[str, Provider]):
    """Alias -> adapter, in the order of the settings. `get` is None for what is not configured."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built: dict[str, Provider] = {}

    def __getitem__(self, alias: str) -> Provider:
        with self._lock:
            if alias not in self._built:
                entry = settings.PROVIDERS[alias]
                backend = import_string(entry["BACKEND"])
                self._built[alias] = backend(alias=alias, **entry.get("OPTIONS", {}))
            return self._built[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(settings.PROVIDERS)

    def __len__(self) -> int:
        return len(settings.PROVIDERS)

    def __contains__(self, alias: object) -> bool:
        return alias in settings.PROVIDERS

    def reset(self) -> None:
        """Forget the built providers; they are built again from the settings."""
        self.__init__()  # type: ignore[misc]


providers = Providers()


def _on_change(*, setting: str, **_: Any) -> None:
    if setting == "PROVIDERS":
        providers.reset()


setting_changed.connect(_on_change)
# A child process must not share open connections and held locks.
os.register_at_fork(after_in_child=providers.reset)
