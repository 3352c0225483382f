"""Many videos as one zip file, which is generated while it is sent."""

import io
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
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

# The metadata that `download` writes into each file, so that people find a video by its prompt.
SETTINGS = (
    "id", "created", "prompt", "negative_prompt", "size", "seed", "model", "prompt_extend",
    "watermark",
)  # fmt: skip
PROMPTS: Columns = {name: itemgetter(name) for name in ("file", *SETTINGS)}


class ZipBuffer(io.RawIOBase):
    """A file to which a zip is written, and from which each part is taken to be sent."""

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
    """The videos `pks` that this person can see, with a list of their prompts."""
    content = zip_chunks(visible_rows(request.user, pks))
    response = StreamingHttpResponse(content, content_type="application/zip")
    name = f"wan-studio-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def visible_rows(user: User, pks: Sequence[UUID]) -> Iterator[Generation]:
    """Rows in the order of `pks`. The database connection is released while files are sent."""
    for batch in batched(pks):
        rows = Generation.objects.visible_to(user).in_bulk(batch)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        yield from (rows[pk] for pk in batch if pk in rows)


def zip_chunks(rows: Iterable[Generation]) -> Iterator[bytes]:
    """A zip of the stored videos in parts; the list comes last.

    A video whose file is missing is in the list without a file.
    """
    buffer, names, listed = ZipBuffer(), {LIST, ""}, list(lines([], PROMPTS))
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for row in rows:
            name = entry_name(row, names)
            names.add(name)
            entry = {"file": name} | {column: getattr(row, column) for column in SETTINGS}
            listed += list(lines([entry], PROMPTS))[1:]
            if name:
                yield from file_chunks(archive, buffer, name, row)
        # The byte order mark tells Excel that the file is UTF-8.
        archive.writestr(LIST, "\ufeff" + "".join(listed), compress_type=ZIP_DEFLATED)
    yield buffer.take()


def entry_name(row: Generation, taken: set[str]) -> str:
    """A unique name in the zip; empty if the file is missing."""
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
