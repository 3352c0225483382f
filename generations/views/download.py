"""The MP4 with its story in the metadata. The stored original stays as it is."""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from ..media import file_response, with_story
from ..models import Generation
from .files import download_name, file_or_404, is_webm, video_type
from .permissions import readable_or_404, sends_a_file
from .request import HttpRequest

log = logging.getLogger(__name__)


@require_safe
@sends_a_file
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """With prompt, seed, size and model inside; `?plain` without.

    A file that nothing can be written into goes as it is, a WebM among them.
    """
    row = readable_or_404(request, pk)
    file = file_or_404(row.video)
    if "plain" not in request.GET and not is_webm(row):
        try:
            return told(request, row)
        except (ValueError, OverflowError, OSError) as error:  # the person came for the video
            log.warning("no story could be written into %s: %s", pk, error)
    etag = f'"{row.sha256 or row.pk.hex}"'
    return file_response.serve(
        request,
        file,
        content_type=video_type(row),
        etag=etag,
        download_name=download_name(row, plain="plain" in request.GET),
    )


def told(request: HttpRequest, row: Generation) -> HttpResponseBase:
    """Raises ValueError for a file that nothing can be written into."""
    video = cast("BinaryIO", row.video.open("rb"))
    try:
        file = with_story(video, story_of(row))
    except Exception:
        video.close()
        raise
    # What was written depends on the release as well: parts of two never go together.
    written = sha256(file.put).hexdigest()[:16]
    return file_response.ranged(
        request,
        cast("BinaryIO", file),
        size=file.size,
        content_type="video/mp4",
        etag=f'"{row.sha256 or row.pk.hex}-{written}"',
        filename=download_name(row),
    )


def story_of(row: Generation) -> dict[str, Any]:
    """What the form needs to make it again."""
    names = ("prompt", "negative_prompt", "size", "seed", "prompt_extend", "watermark", "model")
    return {"by": "WAN Studio"} | {name: getattr(row, name) for name in names}
