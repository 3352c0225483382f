"""Facts about videos, their posters, and their preparation for the web."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generations.decoders.bounds import VIDEO_SECONDS
from generations.media import isolated

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """Facts from the file itself. `frames` is None if the container does not count them.

    `suffix` is the extension of its name: `.mp4` or `.webm`.
    """

    width: int
    height: int
    seconds: float
    fps: float
    frames: int | None
    faststart: bool
    suffix: str = ".mp4"


class InvalidVideoError(Exception):
    """The file is not a video that plays from first to last frame. `str()` says why."""


def probe(path: Path | str) -> VideoFacts:
    """Facts of an MP4 or WebM whose first and last frames decode. Raises `InvalidVideoError`."""
    facts, _ = opened("probe", path=str(path))
    return VideoFacts(**facts)


def probe_with_poster(path: Path | str, target: Path) -> VideoFacts:
    """As `probe`, and as `poster` in the same child process: starting one takes 0.1 s.

    `target` exists already. It is empty if there is no poster; `poster` tells why. Raises
    `InvalidVideoError`.
    """
    try:
        facts, _ = isolated.run(
            "probe_with_poster", seconds=VIDEO_SECONDS, path=str(path), target=str(target)
        )
        return VideoFacts(**facts)
    except isolated.RefusedError as error:
        raise InvalidVideoError(*error.args) from error
    except isolated.CostlyError:  # perhaps the poster was too much, and the video is in order
        target.write_bytes(b"")
        return probe(path)


def faststart(path: Path | str) -> Path:
    """A file that a player can start before it has all bytes: `path` itself if it is in order.

    Else a copy beside it, frame for frame equal, named `*.part`, for the caller to move or
    delete. When copying fails it is `path` again: a video that starts late is better than none.
    """
    path = Path(path)
    target = path.with_name(f"{path.stem}.faststart.part")
    try:
        moved, _ = opened("faststart", path=str(path), target=str(target))
        return target if moved else path
    except InvalidVideoError as error:
        log.warning("kept %s as it is, its index cannot be moved: %s", path.name, error)
        target.unlink(missing_ok=True)
        return path


def poster(path: Path | str, target: Path | str) -> bytes:
    """Write a WebP of the first frame that shows something to `target`, and return its bytes.

    At most 640 px wide, 960 px high and 40 kB. Raises `InvalidVideoError` when no frame decodes.
    """
    opened("poster", path=str(path), target=str(target))
    return Path(target).read_bytes()


def frame_png(path: Path | str, seconds: float | None = None) -> bytes:
    """The frame at `seconds`, or the last one, as PNG in full size.

    Raises `InvalidVideoError` if the file cannot be decoded.
    """
    return opened("frame", path=str(path), at=seconds)[1]


def opened(job: str, **arguments: Any) -> tuple[Any, bytes]:
    try:
        return isolated.run(job, seconds=VIDEO_SECONDS, **arguments)
    except (isolated.RefusedError, isolated.CostlyError) as error:
        raise InvalidVideoError(*error.args) from error
