"""CSV that streams, and that no spreadsheet takes for a formula, whatever separates its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

# Where a spreadsheet may see the beginning of a formula (ASVS 5.0, 1.2.10). It may drop blanks and
# quotes in front; where semicolons or tabs stand between cells, one begins behind each, and a row
# behind each line break.
FORMULA = re.compile(
    r"""^(?=[\t\r])|(?:^|(?<=[;\t\r\n]))(?=[ "\v\f\xa0\u3000\ufeff]*[=+\-@＝＋－＠])"""
)
AT_A_TIME = 500

Columns = Mapping[str, Callable[[Any], Any]]

GENERATION: Columns = {
    "id": lambda row: row.pk,
    "created": lambda row: row.created,
    "person": lambda row: row.owner.get_username(),
    "service": lambda row: row.provider,
    "model": lambda row: row.model,
    "prompt": lambda row: row.prompt,
    "negative_prompt": lambda row: row.negative_prompt,
    "size": lambda row: row.size,
    "seed": lambda row: row.seed,
    "prompt_extend": lambda row: row.prompt_extend,
    "watermark": lambda row: row.watermark,
    "status": lambda row: row.status,
    "error_code": lambda row: row.error_code,
    "remote_id": lambda row: row.remote_id,
    "submitted_at": lambda row: row.submitted_at,
    "finished_at": lambda row: row.finished_at,
    "estimated_usd": lambda row: row.price,
    "reported_usd": lambda row: (row.provider_data or {}).get("cost"),
    "billed": lambda row: row.billed,
    "review": lambda row: row.review,
    "review_reason": lambda row: row.review_reason,
    "review_note": lambda row: row.review_note,
    "retry_of": lambda row: row.retry_of_id,
    "origin": lambda row: row.origin_id,
    "origin_kind": lambda row: row.origin_kind,
}

# For readers who may not see amounts; the columns stay.
WITHOUT_COSTS: Columns = {
    name: (lambda row: None) if name in ("estimated_usd", "reported_usd") else read
    for name, read in GENERATION.items()
}

EVENT: Columns = {
    "at": lambda event: event.at,
    "kind": lambda event: event.kind,
    "by": lambda event: event.by.get_username() if event.by else "",
    "generation": lambda event: event.generation_id,
    "action": lambda event: event.data.get("action", ""),
    "from": lambda event: event.data.get("from", ""),
    "reason": lambda event: event.data.get("reason", ""),
    "note": lambda event: event.note,
}


def cell(value: Any) -> str:
    """`value` as text that stays text: what looks like a formula gets an apostrophe in front.

    Numbers of ours stay numbers. NUL, which CSV readers choke on, is taken out.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    return FORMULA.sub("'", str(value).replace("\0", ""))


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Any], columns: Columns) -> Iterator[str]:
    """CSV lines, the first with the names of the columns."""
    writer = csv.writer(Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(read(row)) for read in columns.values()])


def in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    """All rows, some at a time, whatever the size of the table."""
    return rows.iterator(chunk_size=AT_A_TIME)


def csv_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """A download that begins at once. The mark in front tells Excel that it is UTF-8."""
    day = timezone.localdate().isoformat()
    content = ("\ufeff" * (number == 0) + line for number, line in enumerate(lines(rows, columns)))
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'},
    )
