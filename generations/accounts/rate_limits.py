"""Where the accounts library counts: in the database, which all processes share.

Its own place is Django's cache. One in memory would let each web process count for itself, and
Redis may be away when people want to sign in. Values are JSON; nothing is unpickled.
"""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import BaseCache

from ..models import RateLimit

MINUTES = 300  # seconds, where the caller names none: Django's own default


class RateLimitCache(BaseCache):
    """As much of a cache as rate limits need: `get`, `set`, `add`, `delete` and `clear`."""

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
