"""Stored files: played, shown, downloaded. 404 for people who may not open the row."""

import math
import mimetypes
from urllib.parse import quote
from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from ..creation.continuation import frame_of
from ..media import InvalidVideoError, file_response
from ..models import Generation, readable_rows
from .permissions import full_access_or_404, readable_or_404, sends_a_file
from .request import HttpRequest

# Seconds for which a browser shows a poster again without a request.
KEEP_POSTER = 600


@require_safe
@sends_a_file
def video(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    row = readable_or_404(request, pk)
    etag = f'"{row.sha256 or row.pk.hex}"'
    return file_response.serve(
        request, file_or_404(row.video), content_type=video_type(row), etag=etag
    )


@require_safe
@sends_a_file
def poster(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    row = next(iter(readable_rows(request.user, [pk], ("poster", "sha256"))), None)
    if row is None or not row.poster:
        raise Http404
    etag = f'"poster-{row.sha256 or row.pk.hex}"'
    return file_response.unchanged(request, etag, keep_seconds=KEEP_POSTER) or file_response.serve(
        request,
        file_or_404(row.poster),
        content_type="image/webp",
        etag=etag,
        keep_seconds=KEEP_POSTER,
    )


@require_safe
@sends_a_file
def picture(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    row = full_access_or_404(request, pk)
    content_type = mimetypes.guess_type(str(row.source_image.name))[0] or "application/octet-stream"
    etag = f'"picture-{row.pk.hex}"'
    return file_response.serve(
        request, file_or_404(row.source_image), content_type=content_type, etag=etag
    )


@require_safe
@sends_a_file
def frame(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The frame at `at` seconds, or the last one, as a PNG download."""
    row = readable_or_404(request, pk)
    at = request.GET.get("at", "")
    try:
        content = frame_of(row, seconds_or_404(at)) if row.video else b""
    except (OSError, InvalidVideoError) as error:
        raise Http404 from error
    if not content:
        raise Http404
    name = download_name(row, plain=True).rpartition(".")[0].replace("-plain", f"-{at or 'end'}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.png"}
    return HttpResponse(content, content_type="image/png", headers=headers)


def seconds_or_404(text: str) -> float | None:
    """A position in a video; None for an empty text, which means the end."""
    try:
        seconds = float(text) if text else None
    except ValueError as error:
        raise Http404 from error
    if seconds is None or math.isfinite(seconds):
        return seconds
    raise Http404


def file_or_404(file: FieldFile) -> FieldFile:
    """`file`, if the row has one and it exists. A bucket reports a missing file itself."""
    if not file or not (
        file_response.has_links(file.storage) or file.storage.exists(str(file.name))
    ):
        raise Http404
    return file


def is_webm(row: Generation) -> bool:
    return str(row.video.name).endswith(".webm")


def video_type(row: Generation) -> str:
    return "video/webm" if is_webm(row) else "video/mp4"


def download_name(row: Generation, plain: bool = False) -> str:
    """A name to recognise the video by, safe on every system; `plain` is without details."""
    words = slugify(row.prompt[:60], allow_unicode=True)[:40].strip("-")
    suffix = "webm" if is_webm(row) else "mp4"
    mark = "-plain" if plain else ""
    return f"{words or 'video'}-{row.size}-{row.pk.hex[:6]}{mark}.{suffix}"
