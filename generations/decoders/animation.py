"""A clip as an animated image, for places that cannot show videos."""

from __future__ import annotations

from collections.abc import Iterator

import av
from PIL import Image

from generations.decoders import InvalidFileError
from generations.decoders.frames import image_of
from generations.decoders.video import fitting, open_video, probe, stream_of

MAX_SIDE = 480
RATE = 15  # pictures a second
MAX_PICTURES = 300  # 20 seconds; all are in memory at once


def animation(paths: list[str], target: str) -> None:
    """Write the first clip to `target` as an animated WebP that repeats for ever.

    At most 480 px on a side, 15 pictures a second, 20 seconds. Raises `InvalidFileError`.
    """
    probe(paths[0])
    try:
        first, *others = _pictures(paths[0])
    except (av.FFmpegError, ValueError) as error:
        raise InvalidFileError("damaged", 1) from error
    options = {"duration": round(1000 / RATE), "loop": 0, "quality": 70, "method": 2}
    first.save(target, "WEBP", save_all=True, append_images=others, **options)


def _pictures(path: str) -> Iterator[Image.Image]:
    with open_video(path) as container:
        stream = stream_of(container)
        width, height = fitting(stream, MAX_SIDE, MAX_SIDE)
        count = 0
        for frame in container.decode(stream):
            if (frame.time or 0) * RATE + 0.001 < count:
                continue
            yield image_of(frame, width, height)
            count += 1
            if count == MAX_PICTURES:
                return
