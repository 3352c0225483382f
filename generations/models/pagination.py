"""Keyset pagination: the last page of a million rows is as fast as the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from .generation import Generation
    from .querysets import GenerationQuerySet

PAGE = 24
MAX_COUNTED = 99
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """`rows` in order; `older` is the cursor of the next page, empty at the end."""

    rows: Sequence[Generation]
    older: str


def page_of(
    rows: GenerationQuerySet, place: str, size: int = PAGE, *, oldest_first: bool = False
) -> Page:
    """The first `size` of `rows`, newest first, or those right after the cursor `place`."""
    found = list(beyond(rows, place, oldest_first=oldest_first)[: size + 1])
    shown = found[:size]
    return Page(shown, cursor(shown[-1]) if len(found) > size else "")


def beyond(
    rows: GenerationQuerySet, place: str, *, oldest_first: bool = False
) -> GenerationQuerySet:
    """`rows` in order, from right behind the cursor on. An invalid cursor is the beginning.

    The condition on `created` alone is redundant, but lets PostgreSQL use its index: 0.3 ms instead
    of 206 ms on a million rows (measured).
    """
    sign, lookup = ("", "gt") if oldest_first else ("-", "lt")
    rows = rows.order_by(f"{sign}created", f"{sign}id")
    if (found := parse(place)) is None:
        return rows
    created, pk = found
    later = Q(**{f"created__{lookup}": created}) | Q(created=created, **{f"pk__{lookup}": pk})
    return rows.filter(**{f"created__{lookup}e": created}).filter(later)


def capped_count(rows: QuerySet[Any]) -> str:
    """The number of rows, up to `99+`: the database stops counting there."""
    count = rows.order_by()[: MAX_COUNTED + 1].count()
    return str(count) if count <= MAX_COUNTED else f"{MAX_COUNTED}+"


def neighbours(rows: GenerationQuerySet, row: Generation) -> tuple[UUID | None, UUID | None]:
    """The IDs of the rows before and after `row`, newest first. None at an end.

    `row` itself need not be among `rows`.
    """
    place = cursor(row)
    newer = beyond(rows, place, oldest_first=True).values_list("pk", flat=True)
    older = beyond(rows, place).values_list("pk", flat=True)
    return newer.first(), older.first()


def cursor(row: Generation) -> str:
    """The position of `row`: its time in microseconds and its ID."""
    return f"{(row.created - EPOCH) // timedelta(microseconds=1)}-{row.pk.hex}"


def parse(text: str) -> tuple[datetime, UUID] | None:
    micros, _, pk = text.partition("-")
    try:
        return EPOCH + timedelta(microseconds=int(micros)), UUID(hex=pk)
    except (ValueError, OverflowError):
        return None
