"""Search in prompts: every word, in any order, and parts of words, whatever the capitals.

What is searched is one column, `search_text`: the prompt as `fold` writes it. Newest rows are read
first. Where they do not fill a page, an index of the database's own names the rows that may match
(`search_index`); without it the rest is read as well, which finds the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Exists, Lookup, OuterRef, Q

from ..text import fold, parse_number
from . import search_index
from .pagination import Page, beyond, page_of

if TYPE_CHECKING:
    from .querysets import GenerationQuerySet

READ_FIRST = 5_000  # rows that are read for a page before the index is used
BATCH_SIZE = 500  # rows per transaction


class SearchTextField(models.TextField):  # type: ignore[type-arg]
    """The folded `prompt`, written with the row. It is empty where an older release wrote the row.

    `refill` fills those; a prompt without text is one blank.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"default": "", "db_default": "", "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = search_text(model_instance.__dict__.get("prompt", ""))
        setattr(model_instance, self.attname, text)
        return text


def search_text(prompt: str) -> str:
    return fold(prompt) or " "


@SearchTextField.register_lookup
class Holds(Lookup):
    """`search_text__holds=word`: has these characters side by side. Both are folded."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        field, params = self.process_lhs(compiler, connection)
        function = "STRPOS" if connection.vendor == "postgresql" else "INSTR"
        return f"{function}({field}, %s) > 0", [*params, self.rhs]


def words_of(text: str) -> list[str]:
    return fold(text).split()


def holding(text: str) -> Q:
    """Rows whose prompt has every word of `text`; all rows if it has none."""
    found = Q()
    for word in words_of(text):
        found &= Q(search_text__holds=word)
    return found


def matching(text: str) -> Q:
    """Rows that the gallery finds by `text`: by their prompt or by their seed."""
    return holding(text) | seeded(text) if words_of(text) else Q()


def seeded(text: str) -> Q:
    """Rows with that seed; none if `text` is no number."""
    number = parse_number(text)
    return Q(pk__in=[]) if number is None else Q(seed=number)


def search_page(
    rows: GenerationQuerySet, text: str, place: str, *, oldest_first: bool = False
) -> Page:
    """A page of `rows` filtered by `text`: from the newest rows, or from those in the index."""
    if oldest_first:
        return page_of(indexed(rows, text), place, oldest_first=True)
    if (since := read_first(rows.model.objects.all(), place)) is None:
        return page_of(rows, place)
    page = page_of(rows.filter(created__gte=since), place)
    return page if page.older else page_of(indexed(rows, text), place)


def indexed(rows: GenerationQuerySet, text: str) -> GenerationQuerySet:
    """The same `rows`, which are filtered by `text`; read by the index, where there is one."""
    pks = search_index.find(words_of(text))
    return rows if pks is None else named(rows, Q(pk__in=pks) | seeded(text))


def named(rows: GenerationQuerySet, names: Q) -> GenerationQuerySet:
    """Those of `rows` that `names` names: SQLite would rather read all of `rows` in their order."""
    found: GenerationQuerySet = rows.model.objects.filter(
        names, Exists(rows.filter(pk=OuterRef("pk")))
    )
    found.query.deferred_loading = rows.query.deferred_loading
    found.query.select_related = rows.query.select_related
    return found


def read_first(rows: GenerationQuerySet, before: str) -> datetime | None:
    """The creation time of the `READ_FIRST`-th row after the cursor; None if there are fewer."""
    newest = beyond(rows, before).values_list("created", flat=True)
    return newest[READ_FIRST:].first()


def refill(rows: GenerationQuerySet) -> int:
    """Fill the column in rows that an older release wrote, one batch; returns their number."""
    unfilled = rows.filter(search_text="").order_by()
    with transaction.atomic():
        batch = list(unfilled.values_list("pk", "prompt")[:BATCH_SIZE])
        for pk, prompt in batch:
            rows.filter(pk=pk).update(search_text=search_text(prompt))
    return len(batch)
