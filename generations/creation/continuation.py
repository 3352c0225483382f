"""Continuing a video: one of its frames becomes a start image."""

import io

from ..media import Picture, check_picture, frame_png, local_file
from ..models import Generation


def frame_of(row: Generation, seconds: float | None) -> bytes:
    """The frame at `seconds`, or the last one, as PNG.

    Raises OSError or `InvalidVideoError` if the video cannot be read.
    """
    with local_file(row.video) as path:
        return frame_png(path, seconds)


def picture_of(row: Generation, seconds: float | None) -> Picture:
    """The same frame as a `Picture`. Also raises `InvalidImageError`."""
    return check_picture(io.BytesIO(frame_of(row, seconds)))
