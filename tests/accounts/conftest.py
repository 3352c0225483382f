"""The session of somebody who signed in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generations.accounts.session_store import SessionStore


@pytest.fixture
def session(client: Client, owner: User) -> SessionStore:
    client.force_login(owner)
    return SessionStore(client.session.session_key)
