"""Other files made of clips: several as one, or a picture that moves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generations.decoders.bounds import VIDEO_SECONDS
from generations.media import isolated


class ConversionError(Exception):
    """No file can be made. `reason` is `size`, `kind` or `damaged`; `place` counts clips from 1."""

    def __init__(self, reason: str, place: int) -> None:
        self.reason, self.place = reason, place
        super().__init__(f"{reason} at {place}")


def join(paths: Sequence[Path], target: Path) -> None:
    """Write the clips to `target` as one MP4, without sound. Raises `ConversionError`."""
    _convert("join", paths=[str(path) for path in paths], target=str(target))


def animate(paths: Sequence[Path], target: Path) -> None:
    """Write the first of `paths` to `target` as an animated WebP. Raises `ConversionError`."""
    _convert("animation", path=str(paths[0]), target=str(target))


def _convert(job: str, **arguments: Any) -> None:
    try:
        isolated.run(job, seconds=VIDEO_SECONDS, **arguments)
    except isolated.RefusedError as error:
        known = len(error.args) == 2
        raise ConversionError(*error.args if known else ("damaged", 1)) from error
    except isolated.CostlyError as error:
        raise ConversionError("damaged", 0) from error
