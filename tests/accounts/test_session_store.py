"""What a session holds: what our query finds, and what Django's own engine does."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from generations.accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_that_has_expired_or_never_was_is_empty(session: SessionStore) -> None:
    Session.objects.update(expire_date=timezone.now())
    for key in (session.session_key, "a" * 32):
        store = SessionStore(key)
        assert dict(store.items()) == {}
        assert store.session_key is None


def test_sessions_of_django_s_own_engine_are_the_same(session: SessionStore) -> None:
    django_s = import_module("django.contrib.sessions.backends.db")
    assert dict(django_s.SessionStore(session.session_key).items()) == dict(session.items())
