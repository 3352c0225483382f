"""What is told of a video."""

from __future__ import annotations

from dataclasses import dataclass


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
