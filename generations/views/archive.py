"""Many videos as one zip file, written while it is sent: however many, none is left out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.contrib.auth.models import User
from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone

from ..models import Generation
from ..models.batches import batched
from ..reports.csv_export import Columns, lines
from .files import download_name
from .request import HttpRequest

LIST = "prompts.csv"

# What `download` writes into each file, for those who look for a video by its words.
PROMPTS: Columns = {
    "file": lambda entry: entry[0],
    "id": lambda entry: entry[1].pk,
    "created": lambda entry: entry[1].created,
    "prompt": lambda entry: entry[1].prompt,
    "negative_prompt": lambda entry: entry[1].negative_prompt,
    "size": lambda entry: entry[1].size,
    "seed": lambda entry: entry[1].seed,
    "model": lambda entry: entry[1].model,
    "prompt_extend": lambda entry: entry[1].prompt_extend,
    "watermark": lambda entry: entry[1].watermark,
}


class ZipBuffer(io.RawIOBase):
    """Where a zip file is written while it is being sent: what came in is taken out again."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.waiting = b"".join(self.waiting), []
        return taken


def zip_response(request: HttpRequest, pks: Sequence[UUID]) -> StreamingHttpResponse:
    """The videos `pks`, as far as this person may see them, and a list of their prompts."""
    content = zip_chunks(visible_rows(request.user, pks))
    response = StreamingHttpResponse(content, content_type="application/zip")
    name = f"wan-studio-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def visible_rows(user: User, pks: Sequence[UUID]) -> Iterator[Generation]:
    """Rows in the order of `pks`. The connection is given back while their files are sent."""
    for batch in batched(pks):
        rows = Generation.objects.visible_to(user).in_bulk(batch)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        yield from (rows[pk] for pk in batch if pk in rows)


def zip_chunks(rows: Iterable[Generation]) -> Iterator[bytes]:
    """A zip of the stored videos, piece by piece, as they are; the list comes last.

    A video whose file is missing stands in the list without a file.
    """
    buffer, names, listed = ZipBuffer(), {LIST, ""}, list(lines([], PROMPTS))
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for row in rows:
            name = entry_name(row, names)
            names.add(name)
            listed += list(lines([(name, row)], PROMPTS))[1:]
            if name:
                yield from file_chunks(archive, buffer, name, row)
        # The mark in front tells Excel that it is UTF-8.
        archive.writestr(LIST, "\ufeff" + "".join(listed), compress_type=ZIP_DEFLATED)
    yield buffer.take()


def entry_name(row: Generation, taken: set[str]) -> str:
    """A name that no other entry has; empty if the file is missing."""
    if not row.video.storage.exists(str(row.video.name)):
        return ""
    name = download_name(row)
    return f"{row.pk.hex}-{name}" if name in taken else name


def file_chunks(archive: ZipFile, buffer: ZipBuffer, name: str, row: Generation) -> Iterator[bytes]:
    made = timezone.localtime(row.created).timetuple()[:6]
    entry = ZipInfo(name, date_time=made)
    with row.video.open("rb") as file, archive.open(entry, "w", force_zip64=True) as target:
        for piece in file.chunks():
            target.write(piece)
            yield buffer.take()
