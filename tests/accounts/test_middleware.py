"""Whose session it is: what our query finds, and what Django decides instead."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.test import RequestFactory

from generations.accounts import middleware
from generations.accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


def person(session: SessionStore) -> User | AnonymousUser:
    request = RequestFactory().get("/")
    request.session = SessionStore(session.session_key)
    return middleware.get_user(request)


def changed(session: SessionStore, **values: str) -> SessionStore:
    for name, value in values.items():
        session[getattr(auth, name)] = value
    session.save()
    return session


def test_the_person_who_signed_in_with_two_queries(
    session: SessionStore, owner: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        found = person(session)
    assert found == owner
    assert vars(found).keys() == vars(User.objects.get(pk=owner.pk)).keys()


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_nobody_once_the_account_is_closed_or_has_another_password(
    session: SessionStore, owner: User, change: dict
) -> None:
    User.objects.filter(pk=owner.pk).update(**change)
    assert person(session) == AnonymousUser()


def test_nobody_once_the_account_is_gone(session: SessionStore, owner: User) -> None:
    owner.delete()
    assert person(session) == AnonymousUser()


@pytest.mark.parametrize(
    "values", [{"BACKEND_SESSION_KEY": "elsewhere.Backend"}, {"HASH_SESSION_KEY": "0" * 64}]
)
def test_nobody_with_a_session_that_proves_nothing(session: SessionStore, values: dict) -> None:
    assert person(changed(session, **values)) == AnonymousUser()


def test_a_sign_in_before_the_key_changed_goes_on(
    session: SessionStore, owner: User, settings: Any
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert person(session) == owner
    assert Session.objects.count() == 1
