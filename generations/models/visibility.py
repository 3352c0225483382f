"""Rows that a person can open, by id: what open pages ask, again and again."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import IntegerField, UUIDField

from .compiled_query import CompiledQuery, Parameter, parameters
from .generation import Generation
from .querysets import can_view_all

VERSIONS_KEPT = 128  # of the SQL: one per number of ids, rarely more than thirty


def readable_rows(
    user: User | AnonymousUser, pks: Sequence[UUID], columns: tuple[str, ...]
) -> list[Generation]:
    """Those of `pks` that are `readable_by(user)`, in any order, with these columns alone."""
    if not pks:
        return []
    query = _compiled(
        can_view_all(user),
        settings.WANSTUDIO_SHARING,
        settings.WANSTUDIO_REVIEW,
        columns,
        len(pks),
    )
    return query.rows(user=user.pk, **{f"pk{number}": pk for number, pk in enumerate(pks)})


@lru_cache(VERSIONS_KEPT)
def _compiled(
    view_all: bool, sharing: str, review: str, columns: tuple[str, ...], count: int
) -> CompiledQuery[Generation]:
    """For `readable_by` under these settings, which it reads itself."""
    owner = cast(int, Parameter("user", IntegerField()))
    rows = Generation.objects.not_deleted()
    if not view_all:
        rows = rows.owned_or_shared(owner)
    named = rows.filter(pk__in=parameters("pk", UUIDField(), count)).order_by()
    return CompiledQuery(named.only(*columns))
