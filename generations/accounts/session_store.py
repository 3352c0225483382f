"""Sessions in the database, as Django has them, read by a query whose SQL is built once."""

from functools import cache
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from ..models.compiled_query import CompiledQuery, Parameter


@cache
def _valid() -> CompiledQuery[Session]:
    key, now = Parameter("key", CharField()), Parameter("now", DateTimeField())
    rows = Session.objects.filter(session_key=key, expire_date__gt=now)
    return CompiledQuery(rows.only("session_data"))


class SessionStore(db.SessionStore):
    """The engine of `SESSION_ENGINE`; its table is Django's."""

    def load(self) -> dict[str, Any]:
        """The data; as Django does where there is no such session, or no longer."""
        for session in _valid().rows(key=self.session_key, now=timezone.now()):
            return self.decode(session.session_data)
        return super().load()
