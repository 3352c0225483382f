"""All rows of one database into another, as they are, and a comparison of both."""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import DatabaseError, connections
from django.db.models import Model
from django.db.models.query import QuerySet

AT_A_TIME = 1000
# Tasks are enqueued again. The history of a queue has no use in another database.
LEFT_BEHIND = {"django_q"}


class RowCountMismatchError(Exception):
    """A table is not the same on both sides."""


def models_to_move() -> list[type[Model]]:
    """Every table of ours and Django's, with those between two models."""
    models = apps.get_models(include_auto_created=True)
    return [
        model
        for model in models
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label not in LEFT_BEHIND
    ]


def holds_people() -> bool:
    """Whether there are accounts. There are none before there are tables."""
    try:
        return bool(get_user_model().objects.exists())
    except DatabaseError:
        return False


def copy(model: type[Model], source: str, target: str) -> None:
    """Put the rows of `source` in place of what a migration made in `target`.

    Raises `RowCountMismatchError`.

    Keys and times stay as they are; references are checked by the database at the commit.
    """
    everything(model, target)._raw_delete(target)
    rows = everything(model, source).order_by("pk").iterator(chunk_size=AT_A_TIME)
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    while batch := list(islice(rows, AT_A_TIME)):
        # `raw`, as for Django's fixtures, so that no field changes its value.
        rows_of_target: Any = QuerySet(model, using=target)
        rows_of_target._insert(batch, fields=fields, using=target, raw=True)
    # New rows get keys after the copied ones.
    with connections[target].cursor() as cursor:
        for line in connections[target].ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(line)
    if summary(model, source) != summary(model, target):
        raise RowCountMismatchError(f"{model._meta.label} is not the same on both sides")


def everything(model: type[Model], using: str) -> QuerySet[Any]:
    return model._base_manager.using(using).order_by()


def summary(model: type[Model], using: str) -> tuple[int, int]:
    """How many rows there are, and the sum of their digests, which no order changes."""
    count = total = 0
    for row in values(model, using):
        count += 1
        total += int.from_bytes(sha256(row).digest())
    return count, total % 2**256


def values(model: type[Model], using: str) -> Iterator[bytes]:
    names = [field.attname for field in model._meta.concrete_fields]
    for row in everything(model, using).values_list(*names).iterator(chunk_size=AT_A_TIME):
        yield json.dumps([plain(value) for value in row], default=str, sort_keys=True).encode()


def plain(value: Any) -> Any:
    """JSON with all its numbers as floats: databases write 1e16 and 100.0 each in their own way."""
    return json.loads(json.dumps(value), parse_int=float) if isinstance(value, dict) else value
