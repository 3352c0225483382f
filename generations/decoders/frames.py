"""One frame of a video, in full size and without loss."""

from __future__ import annotations

import io

import av
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from PIL import Image

from generations.decoders import InvalidFileError
from generations.decoders.video import open_video, probe, stream_of

SLACK = 0.001  # seconds: the clock of a player is rounded
UNSPECIFIED = 2  # ISO/IEC 23091-2: a file without information about its colours
HD_HEIGHT = 720  # from this height browsers assume BT.709 for such a file, below it BT.601


def frame(path: str, at: float | None) -> bytes:
    """The frame that is shown at `at` seconds, or the last one, as PNG.

    Raises `InvalidFileError` if the file cannot be decoded.
    """
    end = probe(path)["seconds"]
    at = end if at is None else min(max(0.0, at), end)
    try:
        image = image_of(_frame_at(path, at))
    except (av.FFmpegError, ValueError) as error:
        raise InvalidFileError(f"cannot be decoded: {error}") from error
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def image_of(frame: VideoFrame, width: int | None = None, height: int | None = None) -> Image.Image:
    """A frame in the colors in which a browser shows it."""
    untold = frame.colorspace == UNSPECIFIED and frame.height >= HD_HEIGHT
    colors = Colorspace.ITU709 if untold else None
    rgb = frame.reformat(width=width, height=height, format="rgb24", src_colorspace=colors)
    image: Image.Image = rgb.to_image()  # type: ignore[no-untyped-call]
    return image


def _frame_at(path: str, at: float) -> VideoFrame:
    """The last frame that begins at or before `at` seconds: from the keyframe before on."""
    shown = None
    with open_video(path) as container:
        stream = stream_of(container)
        begin = float((stream.start_time or 0) * (stream.time_base or 0))
        container.seek(max(0, int((begin + at - SLACK) * av.time_base)))
        for frame in container.decode(stream):
            if shown is not None and (frame.time or 0) > at + SLACK:
                break
            shown = frame
    if shown is None:
        raise InvalidFileError("no frame decodes")
    return shown
