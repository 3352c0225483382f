"""Checks a video file, makes its poster, and prepares it for the web."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageStat, WebPImagePlugin  # noqa: F401 (else saving loads every format)

from generations.decoders import InvalidFileError
from generations.decoders.mp4 import Box, boxes, size_of
from generations.decoders.mp4_index import index_first
from generations.decoders.webm import is_cut_off, is_webm

# Limits of what is decoded. The services make videos of 5 s with at most 1920x1080.
MAX_PIXELS = 4096 * 2304
MAX_SECONDS = 600
MAX_FRAMES = 60 * MAX_SECONDS
MAX_MOOV_BYTES = 8 * 1024 * 1024

POSTER_BOX = (640, 960)
POSTER_BYTES = 40_000
POSTER_QUALITIES = (80, 65, 50, 35, 20, 8)
POSTER_SHRINKS_FROM = 2.5  # times the limit: even the lowest quality would not fit
POSTER_SECONDS = 2  # a good frame is searched in this part of the beginning


def probe(path: str) -> dict[str, Any]:
    """The fields of `media.VideoFacts` of an MP4 or WebM whose first and last frames decode.

    Raises `InvalidFileError`. Cheap on memory for most input: sizes are read before anything is
    decoded.
    """
    _require_whole(Path(path))
    try:
        with open_video(path) as container:
            stream = stream_of(container)
            facts = _facts_of(container, stream)
            _decode_both_ends(container, stream, facts["seconds"], facts["fps"])
            suffix = ".webm" if is_webm(path) else ".mp4"
            return facts | {"faststart": _is_faststart(path), "suffix": suffix}
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise InvalidFileError(f"cannot be decoded: {error}") from error


def probe_with_poster(path: str, target: str) -> dict[str, Any]:
    """As `probe`, and as `poster` where one can be made."""
    facts = probe(path)
    with suppress(InvalidFileError):
        poster(path, target)
    return facts


def faststart(path: str, target: str) -> bool:
    """Write a copy whose index is in front to `target`; False if the file is in order as it is.

    Raises `InvalidFileError` when the index cannot be moved.
    """
    if _is_faststart(path):
        return False
    try:
        index_first(Path(path), Path(target))
    except (OSError, ValueError, OverflowError) as error:
        raise InvalidFileError(str(error)) from error
    if probe(target)["frames"] != probe(path)["frames"]:
        raise InvalidFileError("the copy has another number of frames")
    return True


def poster(path: str, target: str) -> None:
    """Write a WebP of the first frame that shows something to `target`.

    At most 640 px wide, 960 px high and 40 kB. Raises `InvalidFileError` when no frame decodes.
    """
    try:
        image = _first_good_frame(path)
    except (av.FFmpegError, ValueError) as error:
        raise InvalidFileError(f"cannot be decoded: {error}") from error
    Path(target).write_bytes(_webp(image, POSTER_BYTES))


def _is_faststart(path: str) -> bool:
    """Can a player start before it has all bytes? Any WebM can be played so."""
    if is_webm(path):
        return True
    with open(path, "rb") as file:
        kinds = [box.kind for box in boxes(file, 0, size_of(file))]
    return next((kind for kind in kinds if kind in (b"moov", b"mdat")), b"") == b"moov"


def _require_whole(path: Path) -> None:
    """Raise `InvalidFileError` unless all parts are there, in sane sizes."""
    if is_webm(path):
        if is_cut_off(path):
            raise InvalidFileError("truncated: it promises more than the file holds")
        return
    with path.open("rb") as file:
        size = size_of(file)
        whole = list(boxes(file, 0, size))
        if not whole or whole[0].kind != b"ftyp":
            raise InvalidFileError("it does not begin as an MP4 file (no ftyp)")
        if any(box.end > size for box in whole if box.kind in (b"moov", b"mdat", b"moof")):
            raise InvalidFileError("truncated: a part ends beyond the file")
        for box in whole:
            if box.kind == b"moov":
                _refuse_a_bomb(file, box)


def _refuse_a_bomb(file: io.BufferedReader, moov: Box) -> None:
    """A few bytes can declare 2**32 samples, for which the demuxer would need memory."""
    if moov.end - moov.body > MAX_MOOV_BYTES:
        raise InvalidFileError("its index is too large")
    file.seek(moov.body)
    index = file.read(moov.end - moov.body)
    at = index.find(b"stsz")
    while at != -1:
        if int.from_bytes(index[at + 12 : at + 16], "big") > 50 * MAX_FRAMES:  # sound has more
            raise InvalidFileError("it promises too many samples")
        at = index.find(b"stsz", at + 4)


def open_video(path: Path | str) -> InputContainer:
    """Open it with its own demuxer only: others follow links to files and hosts."""
    kind = "webm" if is_webm(path) else "mp4"
    return av.open(str(path), format=kind, options={"max_pixels": str(MAX_PIXELS)})


def stream_of(container: InputContainer) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise InvalidFileError("there is no picture in it")
    stream.thread_count = 1
    return stream


def fitting(stream: VideoStream, max_width: int, max_height: int) -> tuple[int, int]:
    """Width and height of its pictures where they are made smaller to fit into that."""
    scale = min(1, max_width / stream.width, max_height / stream.height)
    return max(2, round(stream.width * scale)), max(2, round(stream.height * scale))


def _facts_of(container: InputContainer, stream: VideoStream) -> dict[str, Any]:
    if not 0 < stream.width * stream.height <= MAX_PIXELS:
        raise InvalidFileError(f"its size is {stream.width}x{stream.height}")
    seconds = _seconds_of(container, stream)
    if not 0 < seconds <= MAX_SECONDS:
        raise InvalidFileError(f"its length is {seconds:.0f} s")
    return {
        "width": stream.width,
        "height": stream.height,
        "seconds": round(seconds, 3),
        "fps": round(float(stream.average_rate or stream.guessed_rate or 0), 3),
        "frames": stream.frames or None,
    }


def _seconds_of(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration or "webm" not in container.format.name:
        return (container.duration or 0) / av.time_base
    return _end_of(container, stream)


def _end_of(container: InputContainer, stream: VideoStream) -> float:
    """The length of a live recording, which the file does not have."""
    ends = [
        float((packet.pts + (packet.duration or 0)) * packet.time_base)
        for packet in container.demux(stream)
        if packet.pts is not None
    ]
    container.seek(0)
    return max(ends, default=0.0)


def _decode_both_ends(
    container: InputContainer, stream: VideoStream, seconds: float, fps: float
) -> None:
    """Raises `InvalidFileError` unless the first frame and one at the very end decode cleanly."""
    first = next(container.decode(stream), None)
    if first is None or first.is_corrupt:
        raise InvalidFileError("the first frame does not decode")
    container.seek(int((seconds - 0.001) * av.time_base))
    tail = deque(container.decode(stream), maxlen=1)
    last = tail[0] if tail else None
    begin = first.time or 0
    slack = 2.5 / (fps or 1)
    if last is None or last.is_corrupt or (last.time or 0) - begin < seconds - slack:
        raise InvalidFileError("the last frame does not decode")


def _first_good_frame(path: Path | str) -> Image.Image:
    """The first frame that is not blank; if all are, the least blank one."""
    best, best_contrast = None, -1.0
    for image in _stills(path):
        contrast = ImageStat.Stat(image.convert("L")).stddev[0]
        if contrast > best_contrast:
            best, best_contrast = image, contrast
        if contrast >= 12:
            break
    if best is None:
        raise InvalidFileError("no frame decodes")
    return best


def _stills(path: Path | str) -> Iterator[Image.Image]:
    """A few frames per second from the beginning, in poster size."""
    with open_video(path) as container:
        stream = stream_of(container)
        if stream.width * stream.height > MAX_PIXELS:
            raise InvalidFileError("it is too large")
        width, height = fitting(stream, *POSTER_BOX)
        for number, frame in enumerate(container.decode(stream)):
            if (frame.time or 0) > POSTER_SECONDS or number > 60 * POSTER_SECONDS:
                return
            if number % 5 == 0:
                yield frame.reformat(width=width, height=height).to_image()  # type: ignore[no-untyped-call]


def _webp(image: Image.Image, limit: int) -> bytes:
    """As WebP of at most `limit` bytes: reduces quality or size until it fits."""
    while True:
        for quality in POSTER_QUALITIES:
            file = io.BytesIO()
            image.save(file, "WEBP", quality=quality, method=4)
            if file.tell() <= limit:
                return file.getvalue()
            if file.tell() > POSTER_SHRINKS_FROM * limit:
                break
        image = image.reduce(2)
