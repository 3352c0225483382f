"""Pages by key: as fast at the end of a million rows as at their beginning."""

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
    """`rows` in their order; `older` is the cursor of what follows, empty at the end."""

    rows: Sequence[Generation]
    older: str


def page_of(
    rows: GenerationQuerySet, place: str, size: int = PAGE, *, oldest_first: bool = False
) -> Page:
    """The first `size` of `rows`, newest first, or those right after the cursor `place`."""
    if oldest_first:
        following = newer_than(rows, place).order_by("created", "id")
    else:
        following = older_than(rows, place).order_by("-created", "-id")
    found = list(following[: size + 1])
    shown = found[:size]
    return Page(shown, cursor(shown[-1]) if len(found) > size else "")


def older_than(rows: GenerationQuerySet, before: str) -> GenerationQuerySet:
    """Rows after the cursor. A cursor that makes no sense is the beginning.

    The bound on `created` alone says nothing new, but lets PostgreSQL use its index: 0.3 ms
    instead of 206 ms on a million rows (measured).
    """
    place = parse(before)
    if place is None:
        return rows
    created, pk = place
    return rows.filter(created__lte=created).filter(
        Q(created__lt=created) | Q(created=created, pk__lt=pk)
    )


def capped_count(rows: QuerySet[Any]) -> str:
    """How many, up to `99+`: the database stops counting there."""
    count = rows.order_by()[: MAX_COUNTED + 1].count()
    return str(count) if count <= MAX_COUNTED else f"{MAX_COUNTED}+"


def newer_than(rows: GenerationQuerySet, after: str) -> GenerationQuerySet:
    """Rows before the cursor, in the order from new to old."""
    place = parse(after)
    if place is None:
        return rows
    created, pk = place
    return rows.filter(created__gte=created).filter(
        Q(created__gt=created) | Q(created=created, pk__gt=pk)
    )


def neighbours(rows: GenerationQuerySet, row: Generation) -> tuple[UUID | None, UUID | None]:
    """The ids of the rows right before and right after `row`, newest first. None at an end.

    `row` itself need not be among `rows`.
    """
    place = cursor(row)
    newer = newer_than(rows, place).order_by("created", "id").values_list("pk", flat=True)
    older = older_than(rows, place).order_by("-created", "-id").values_list("pk", flat=True)
    return newer.first(), older.first()


def cursor(row: Generation) -> str:
    """Where `row` stands, in microseconds and id."""
    return f"{(row.created - EPOCH) // timedelta(microseconds=1)}-{row.pk.hex}"


def parse(text: str) -> tuple[datetime, UUID] | None:
    micros, _, pk = text.partition("-")
    try:
        return EPOCH + timedelta(microseconds=int(micros)), UUID(hex=pk)
    except (ValueError, OverflowError):
        return None
