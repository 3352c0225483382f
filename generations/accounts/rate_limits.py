"""Counters of the accounts library in the database, which all processes share.

The library uses Django's cache. A cache in memory would count per web process, and Redis may be
unavailable when people sign in. Values are JSON; nothing is unpickled.
"""

from typing import Any

from django.core.cache.backends.base import BaseCache

from ..models import RateLimit

MINUTES = 300  # seconds without a given time: Django's own default


class RateLimitCache(BaseCache):
    """The part of a cache that rate limits need: `get`, `set`, `add`, `delete`, `clear`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = RateLimit.objects.live().filter(key=self.make_key(key, version)).first()
        return row.value if row else default

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = MINUTES,
        version: int | None = None,
    ) -> None:
        RateLimit.objects.put(self.make_key(key, version), value, timeout or 0)

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = MINUTES,
        version: int | None = None,
    ) -> bool:
        return RateLimit.objects.put_new(self.make_key(key, version), value, timeout or 0)

    def delete(self, key: str, version: int | None = None) -> bool:
        deleted, _ = RateLimit.objects.filter(key=self.make_key(key, version)).delete()
        return bool(deleted)

    def clear(self) -> None:
        RateLimit.objects.all().delete()
