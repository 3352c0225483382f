"""The MP4 with its story in the metadata. The stored original stays as it is."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, BinaryIO
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
        except Exception:  # the video itself is what the person came for
            log.exception("no story could be written into %s", pk)
    etag = f'"{row.sha256 or row.pk.hex}"'
    return file_response.serve(
        request,
        file,
        content_type=video_type(row),
        etag=etag,
        download_name=download_name(row, plain="plain" in request.GET),
    )


def told(request: HttpRequest, row: Generation) -> HttpResponseBase:
    with tempfile.TemporaryDirectory(prefix="wanstudio-") as folder:
        original, copy = Path(folder, "original.mp4"), Path(folder, "told.mp4")
        with row.video.open("rb") as source, original.open("wb") as target:
            for piece in source.chunks():
                target.write(piece)
        with_story(original, copy, story_of(row))
        # An open file outlives its name.
        return sent(request, copy.open("rb"), copy.stat().st_size, row)


def sent(request: HttpRequest, file: BinaryIO, size: int, row: Generation) -> HttpResponseBase:
    response = file_response.ranged(
        request,
        file,
        size=size,
        content_type="video/mp4",
        etag=f'"told-{row.sha256 or row.pk.hex}"',
        filename=download_name(row),
    )
    return response


def story_of(row: Generation) -> dict[str, Any]:
    """What the form needs to make it again."""
    names = ("prompt", "negative_prompt", "size", "seed", "prompt_extend", "watermark", "model")
    return {"by": "WAN Studio"} | {name: getattr(row, name) for name in names}
