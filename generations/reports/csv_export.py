"""Streamed CSV. No spreadsheet takes a cell for a formula, whatever separates the cells."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

# Characters that a spreadsheet may drop at the beginning: all whitespace of Unicode, and invisible
# characters.
BLANKS = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
# Where a spreadsheet may find a formula (ASVS 5.0, 1.2.10): after whitespace and quotes; after each
# separator if semicolons or tabs separate cells; after each line break.
FORMULA = re.compile(
    rf"""^(?=[\t\r])|(?:^|(?<=[;\t\r\n\v\f\x85\u2028\u2029]))(?=["{BLANKS}]*[{SIGNS}])"""
)
# A terminal interprets these as commands, except tab and line break.
COMMANDS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
AT_A_TIME = 500

Columns = Mapping[str, Callable[[Any], Any]]

# Column -> where a row has it, if it is called otherwise there.
ATTRIBUTES = {
    "person": "owner.username", "service": "provider", "estimated_usd": "price",
    "retry_of": "retry_of_id", "origin": "origin_id",
}  # fmt: skip
GENERATION: Columns = {
    name: attrgetter(ATTRIBUTES.get(name, name))
    for name in (
        "id", "created", "person", "service", "model", "prompt", "negative_prompt", "size", "seed",
        "prompt_extend", "watermark", "status", "error_code", "remote_id", "submitted_at",
        "finished_at", "estimated_usd", "reported_usd", "billed", "review", "review_reason",
        "review_note", "retry_of", "origin", "origin_kind",
    )
} | {"reported_usd": lambda row: (row.provider_data or {}).get("cost")}  # fmt: skip

# For readers who may not see amounts; the columns stay.
NOT_TOLD: Columns = dict.fromkeys(("estimated_usd", "reported_usd"), lambda row: None)
WITHOUT_COSTS: Columns = {**GENERATION, **NOT_TOLD}

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
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Any], columns: Columns) -> Iterator[str]:
    """CSV lines; the first one has the names of the columns."""
    writer = csv.writer(Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(read(row)) for read in columns.values()])


def in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    """All rows in batches, for tables of any size."""
    return rows.iterator(chunk_size=AT_A_TIME)


def csv_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """A download that starts at once. The byte order mark tells Excel that it is UTF-8."""
    day = timezone.localdate().isoformat()
    content = ("\ufeff" * (number == 0) + line for number, line in enumerate(lines(rows, columns)))
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'},
    )
