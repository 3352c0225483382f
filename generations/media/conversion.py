"""Files made from clips: joined clips, or an animation."""

from collections.abc import Sequence
from pathlib import Path

from generations.decoders.bounds import VIDEO_SECONDS
from generations.media import isolated


class ConversionError(Exception):
    """No file can be made. `reason` is `size`, `kind` or `damaged`; `place` counts clips from 1."""

    def __init__(self, reason: str, place: int) -> None:
        self.reason, self.place = reason, place
        super().__init__(f"{reason} at {place}")


def convert(job: str, paths: Sequence[Path], target: Path) -> None:
    """Write the clips to `target`. Raises `ConversionError`.

    `join`: as one MP4, without sound. `animation`: the first of them, as an animated WebP.
    """
    try:
        names = [str(path) for path in paths]
        isolated.run(job, seconds=VIDEO_SECONDS, paths=names, target=str(target))
    except isolated.RefusedError as error:
        known = len(error.args) == 2
        raise ConversionError(*error.args if known else ("damaged", 1)) from error
    except isolated.CostlyError as error:
        raise ConversionError("damaged", 0) from error
