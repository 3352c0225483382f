"""Look into a video file: is it one, how big, its poster; put it into shape for the web."""

from __future__ import annotations

import hashlib
import io
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageStat

from generations.media.mp4 import Box, boxes, size_of
from generations.media.mp4_index import index_first
from generations.media.webm import is_cut_off, is_webm

log = logging.getLogger(__name__)

# What we are ready to decode. The services make 5 s of at most 1920x1080.
MAX_PIXELS = 4096 * 2304
MAX_SECONDS = 600
MAX_FRAMES = 60 * MAX_SECONDS
MAX_MOOV_BYTES = 8 * 1024 * 1024

POSTER_BOX = (640, 960)
POSTER_BYTES = 40_000
POSTER_QUALITIES = (80, 65, 50, 35, 20, 8)
POSTER_SECONDS = 2  # a good frame is looked for in this much of the beginning


class InvalidVideoError(Exception):
    """The file is not a video that plays from its first to its last frame. `str()` says why."""


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """What the file itself says. `frames` is None where the container does not count them.

    `suffix` is what its name should end in: `.mp4` or `.webm`.
    """

    width: int
    height: int
    seconds: float
    fps: float
    frames: int | None
    codec: str
    faststart: bool
    suffix: str = ".mp4"


def sha256(path: Path | str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe(path: Path | str) -> VideoFacts:
    """Facts of an MP4 or WebM whose first and last frames decode. Raises `InvalidVideoError`.

    Cheap on memory for any input: sizes are read before anything is decoded.
    """
    webm = is_webm(path)
    early = _is_whole_webm(path) if webm else _is_faststart(_look_at_boxes(Path(path)))
    try:
        with open_video(path) as container:
            stream = video_stream(container)
            facts = _facts_of(container, stream, faststart=early)
            _decode_both_ends(container, stream, facts)
            return replace(facts, suffix=".webm") if webm else facts
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise InvalidVideoError(f"cannot be decoded: {error}") from error


def faststart(path: Path | str) -> Path:
    """A file that a player can start before it has all bytes: `path` itself if it is in order.

    Else a copy beside it, frame for frame equal, named `*.part`, for the caller to move or
    delete. When copying fails it is `path` again: a video that starts late is better than none.
    """
    path = Path(path)
    if is_webm(path):
        return path
    with path.open("rb") as file:
        if _is_faststart(list(boxes(file, 0, size_of(file)))):
            return path
    target = path.with_name(f"{path.stem}.faststart.part")
    try:
        index_first(path, target)
        if probe(target).frames != probe(path).frames:
            raise InvalidVideoError("the copy has another number of frames")
    except (av.FFmpegError, InvalidVideoError, OSError, ValueError, OverflowError) as error:
        log.warning("kept %s as it is, its index cannot be moved: %s", path.name, error)
        target.unlink(missing_ok=True)
        return path
    return target


def remux(source: Path, target: Path, metadata: dict[str, str] | None = None) -> None:
    """Copy picture and sound packet by packet into a faststart MP4 at `target`."""
    with (
        open_video(source) as container,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        out.metadata.update(container.metadata | (metadata or {}))
        kept = [stream for stream in container.streams if stream.type in ("video", "audio")]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in kept}
        for packet in container.demux(kept):
            if packet.dts is None:  # the flushing packet that ends each stream
                continue
            packet.stream = copies[packet.stream.index]
            out.mux(packet)


def poster(path: Path | str, target: Path | str) -> bytes:
    """Write a WebP of the first frame that shows something to `target`, and return its bytes.

    At most 640 px wide, 960 px high and 40 kB. Raises `InvalidVideoError` when no frame decodes.
    """
    try:
        image = _first_good_frame(path)
    except (av.FFmpegError, ValueError) as error:
        raise InvalidVideoError(f"cannot be decoded: {error}") from error
    content = _webp(image, POSTER_BYTES)
    Path(target).write_bytes(content)
    return content


def _look_at_boxes(path: Path) -> list[Box]:
    """The top-level boxes, whole and in sane sizes, beginning with `ftyp`."""
    with path.open("rb") as file:
        size = size_of(file)
        whole = list(boxes(file, 0, size))
        if not whole or whole[0].kind != b"ftyp":
            raise InvalidVideoError("it does not begin as an MP4 file (no ftyp)")
        if any(box.end > size for box in whole if box.kind in (b"moov", b"mdat", b"moof")):
            raise InvalidVideoError("truncated: a part ends beyond the file")
        for box in whole:
            if box.kind == b"moov":
                _refuse_a_bomb(file, box)
    return whole


def _is_whole_webm(path: Path | str) -> bool:
    """True: a WebM can be played from its beginning.

    Raises `InvalidVideoError` if its end is missing.
    """
    if is_cut_off(path):
        raise InvalidVideoError("truncated: it promises more than the file holds")
    return True


def _refuse_a_bomb(file: io.BufferedReader, moov: Box) -> None:
    """A few bytes can promise 2**32 samples, for which the demuxer would take memory."""
    if moov.end - moov.body > MAX_MOOV_BYTES:
        raise InvalidVideoError("its index is too large")
    file.seek(moov.body)
    index = file.read(moov.end - moov.body)
    at = index.find(b"stsz")
    while at != -1:
        if int.from_bytes(index[at + 12 : at + 16], "big") > 50 * MAX_FRAMES:  # sound has more
            raise InvalidVideoError("it promises too many samples")
        at = index.find(b"stsz", at + 4)


def _is_faststart(whole: list[Box]) -> bool:
    order = [box.kind for box in whole if box.kind in (b"moov", b"mdat")]
    return order[:1] == [b"moov"]


def open_video(path: Path | str) -> InputContainer:
    """Opened as what it is and nothing else: other demuxers follow links to files and hosts."""
    kind = "webm" if is_webm(path) else "mp4"
    return av.open(str(path), format=kind, options={"max_pixels": str(MAX_PIXELS)})


def video_stream(container: InputContainer) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise InvalidVideoError("there is no picture in it")
    stream.thread_count = 1
    return stream


def _facts_of(container: InputContainer, stream: VideoStream, *, faststart: bool) -> VideoFacts:
    if not 0 < stream.width * stream.height <= MAX_PIXELS:
        raise InvalidVideoError(f"its size is {stream.width}x{stream.height}")
    seconds = _seconds_of(container, stream)
    if not 0 < seconds <= MAX_SECONDS:
        raise InvalidVideoError(f"its length is {seconds:.0f} s")
    return VideoFacts(
        width=stream.width,
        height=stream.height,
        seconds=round(seconds, 3),
        fps=round(float(stream.average_rate or stream.guessed_rate or 0), 3),
        frames=stream.frames or None,
        codec=stream.codec_context.name,
        faststart=faststart,
    )


def _seconds_of(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration or "webm" not in container.format.name:
        return (container.duration or 0) / av.time_base
    return _end_of(container, stream)


def _end_of(container: InputContainer, stream: VideoStream) -> float:
    """The length of a recording made live, which does not tell it."""
    ends = [
        float((packet.pts + (packet.duration or 0)) * packet.time_base)
        for packet in container.demux(stream)
        if packet.pts is not None
    ]
    container.seek(0)
    return max(ends, default=0.0)


def _decode_both_ends(container: InputContainer, stream: VideoStream, facts: VideoFacts) -> None:
    """Raises `InvalidVideoError` unless the first frame and one at the very end decode cleanly."""
    first = next(container.decode(stream), None)
    if first is None or first.is_corrupt:
        raise InvalidVideoError("the first frame does not decode")
    container.seek(int((facts.seconds - 0.001) * av.time_base))
    tail = deque(container.decode(stream), maxlen=1)
    last = tail[0] if tail else None
    begin = first.time or 0
    slack = 2.5 / (facts.fps or 1)
    if last is None or last.is_corrupt or (last.time or 0) - begin < facts.seconds - slack:
        raise InvalidVideoError("the last frame does not decode")


def _first_good_frame(path: Path | str) -> Image.Image:
    """The first picture that is not blank; if all of them are, the least blank."""
    best, best_contrast = None, -1.0
    for image in _stills(path):
        contrast = ImageStat.Stat(image.convert("L")).stddev[0]
        if contrast > best_contrast:
            best, best_contrast = image, contrast
        if contrast >= 12:
            break
    if best is None:
        raise InvalidVideoError("no frame decodes")
    return best


def _stills(path: Path | str) -> Iterator[Image.Image]:
    """A few frames a second from the beginning, in poster size."""
    with open_video(path) as container:
        stream = video_stream(container)
        if stream.width * stream.height > MAX_PIXELS:
            raise InvalidVideoError("it is too large")
        scale = min(1, POSTER_BOX[0] / stream.width, POSTER_BOX[1] / stream.height)
        width, height = (max(2, round(side * scale)) for side in (stream.width, stream.height))
        for number, frame in enumerate(container.decode(stream)):
            if (frame.time or 0) > POSTER_SECONDS or number > 60 * POSTER_SECONDS:
                return
            if number % 5 == 0:
                yield frame.reformat(width=width, height=height).to_image()  # type: ignore[no-untyped-call]


def _webp(image: Image.Image, limit: int) -> bytes:
    """As WebP of at most `limit` bytes: lower in quality, then smaller, until it fits."""
    while True:
        for quality in POSTER_QUALITIES:
            file = io.BytesIO()
            image.save(file, "WEBP", quality=quality, method=4)
            if file.tell() <= limit:
                return file.getvalue()
        image = image.reduce(2)
