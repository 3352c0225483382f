"""The services that make videos, by alias: `PROVIDERS` in the settings, built on first use."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from generations.providers.base import Provider, VideoModel


class Providers(Mapping[str, Provider]):
    """Alias -> adapter, in the order of the settings. `get` is None for what is not configured."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built: dict[str, Provider] = {}

    def __getitem__(self, alias: str) -> Provider:
        with self._lock:
            if alias not in self._built:
                self._built[alias] = _build(alias, settings.PROVIDERS[alias])
            return self._built[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(settings.PROVIDERS)

    def __len__(self) -> int:
        return len(settings.PROVIDERS)

    def __contains__(self, alias: object) -> bool:
        return alias in settings.PROVIDERS

    def reset(self) -> None:
        """Forget what was built; it is built again from the settings."""
        self.__init__()  # type: ignore[misc]


def _build(alias: str, entry: Mapping[str, Any]) -> Provider:
    built: Provider = import_string(entry["BACKEND"])(alias=alias, **entry.get("OPTIONS", {}))
    return built


def catalogue() -> list[tuple[str, Provider, VideoModel]]:
    """Every model that can be asked for, in the order people see them."""
    return [
        (alias, provider, model)
        for alias, provider in providers.items()
        for model in provider.models
    ]


providers = Providers()


def _on_change(*, setting: str, **_: Any) -> None:
    if setting == "PROVIDERS":
        providers.reset()


setting_changed.connect(_on_change)
# Open connections must not be shared with a child process, nor a lock that is held at the fork.
os.register_at_fork(after_in_child=providers.reset)
