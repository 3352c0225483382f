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

# What a spreadsheet may drop in front: every blank of Unicode, and what is drawn as nothing.
BLANKS = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
# Where a spreadsheet may see the beginning of a formula (ASVS 5.0, 1.2.10): behind blanks and
# quotes; where semicolons or tabs stand between cells, behind each, and behind each line break.
FORMULA = re.compile(
    rf"""^(?=[\t\r])|(?:^|(?<=[;\t\r\n\v\f\x85\u2028\u2029]))(?=["{BLANKS}]*[{SIGNS}])"""
)
# A terminal takes these for commands; a tab and a line break it does not.
COMMANDS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
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

    Numbers of ours stay numbers. NUL, which CSV readers choke on, is taken out; other control
    characters are spelled out, since a file is also read in a terminal.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    text = FORMULA.sub("'", str(value).replace("\0", ""))
    return COMMANDS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


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
