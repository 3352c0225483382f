"""The MP4 with its prompt and settings in the metadata. The stored file stays unchanged."""

import logging
from hashlib import sha256
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from ..media import file_response, with_metadata
from ..models import Generation
from .files import download_name, file_or_404, is_webm, video_type
from .permissions import readable_or_404, sends_a_file
from .request import HttpRequest

log = logging.getLogger(__name__)


@require_safe
@sends_a_file
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """With prompt, seed, size and model; `?plain` without.

    A file to which nothing can be added, such as a WebM, is sent unchanged.
    """
    row = readable_or_404(request, pk)
    file = file_or_404(row.video)
    if "plain" not in request.GET and not is_webm(row):
        try:
            return with_prompt(request, row)
        except (ValueError, OverflowError, OSError) as error:  # the person wants the video
            log.warning("no metadata could be written into %s: %s", pk, error)
    etag = f'"{row.sha256 or row.pk.hex}"'
    return file_response.serve(
        request,
        file,
        content_type=video_type(row),
        etag=etag,
        download_name=download_name(row, plain="plain" in request.GET),
    )


def with_prompt(request: HttpRequest, row: Generation) -> HttpResponseBase:
    """The video with its metadata. Raises ValueError if nothing can be added to the file."""
    video = cast("BinaryIO", row.video.open("rb"))
    try:
        file = with_metadata(video, metadata_of(row))
    except Exception:
        video.close()
        raise
    # The file depends on the release too: parts of two releases must never be combined.
    written = sha256(file.put).hexdigest()[:16]
    return file_response.ranged(
        request,
        cast("BinaryIO", file),
        size=file.size,
        content_type="video/mp4",
        etag=f'"{row.sha256 or row.pk.hex}-{written}"',
        filename=download_name(row),
    )


def metadata_of(row: Generation) -> dict[str, Any]:
    """What the form needs to request it again."""
    names = ("prompt", "negative_prompt", "size", "seed", "prompt_extend", "watermark", "model")
    return {"by": "WAN Studio"} | {name: getattr(row, name) for name in names}
