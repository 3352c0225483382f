"""A query that is compiled once finds what the same queryset finds, for any value."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import BooleanField, CharField, IntegerField

from generations.models.compiled_query import CompiledQuery, Parameter, parameters

pytestmark = pytest.mark.django_db


def test_each_run_finds_the_rows_of_its_own_values(owner: Any, stranger: Any) -> None:
    named = CompiledQuery(User.objects.filter(username=Parameter("name", CharField())))
    assert named.rows(name="owner") == [owner]
    assert named.rows(name="stranger") == [stranger]
    assert named.rows(name="' OR 1=1 --") == []
    [found] = named.rows(name="owner")
    assert vars(found).keys() == vars(User.objects.get(pk=owner.pk)).keys()


def test_columns_that_are_left_out_are_read_later(owner: Any) -> None:
    query = User.objects.filter(pk=Parameter("pk", IntegerField())).only("username")
    [found] = CompiledQuery(query).rows(pk=owner.pk)
    assert found.get_deferred_fields() >= {"email", "password"}
    assert found.email == owner.email


def test_values_are_what_the_database_means_by_them(owner: Any, operator: Any) -> None:
    staff = User.objects.filter(is_staff=Parameter("staff", BooleanField()))
    query = CompiledQuery(staff.values_list("username", "is_staff", "date_joined"))
    for person in (owner, operator):
        wanted = (person.username, person.is_staff, person.date_joined)
        assert [tuple(row) for row in query.tuples(staff=person.is_staff)] == [wanted]


def test_one_of_several(owner: Any, stranger: Any, operator: Any) -> None:
    rows = User.objects.filter(pk__in=parameters("pk", IntegerField(), 2)).order_by("pk")
    query = CompiledQuery(rows)
    assert query.rows(pk0=owner.pk, pk1=operator.pk) == [owner, operator]
    assert query.rows(pk0=stranger.pk, pk1=stranger.pk) == [stranger]


def test_a_value_that_is_not_given_is_a_mistake(owner: Any) -> None:
    query = CompiledQuery(User.objects.filter(username=Parameter("name", CharField())))
    with pytest.raises(KeyError):
        query.rows(username="owner")
