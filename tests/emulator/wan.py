"""What the models themselves allow, whichever gateway asks them.

Model Studio, text-to-video and image-to-video references (2026-02); the late failures were
seen live by third parties in July to September 2026.
"""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

TEXT_MODEL, IMAGE_MODEL = "wan2.2-t2v-plus", "wan2.2-i2v-flash"
SIZES = (
    "1080*1920",
    "1920*1080",
    "1440*1440",
    "1632*1248",
    "1248*1632",
    "480*832",
    "832*480",
    "624*624",
)
DEFAULT_SIZE, DEFAULT_RESOLUTION = "1920*1080", "720P"
PIXELS = {"480P": 832 * 480, "720P": 1280 * 720}
PROMPT_LIMIT, NEGATIVE_PROMPT_LIMIT = 800, 500
SEED_MAX = 2_147_483_647
SIDES = range(360, 2001)

Failure = tuple[str, str]


def late_failure(model: str, size: Any, duration: Any) -> Failure | None:
    """How a task with these parameters ends, though it was accepted."""
    if duration not in (None, 5):
        return "InvalidParameter", "duration customization is not supported"
    if model == TEXT_MODEL and size not in SIZES:
        return "InvalidParameter", f"size must be in {','.join(SIZES)}"
    if model == IMAGE_MODEL and str(size) not in PIXELS:
        return "InvalidParameter", f"resolution must be in {','.join(PIXELS)}"
    return None


def seed_is_bad(seed: Any) -> bool:
    whole = isinstance(seed, int) and not isinstance(seed, bool)
    return seed is not None and not (whole and 0 <= seed <= SEED_MAX)


def video_size(model: str, size: Any, image: str) -> str:
    """The size of the finished video, as `832x480`."""
    if model == TEXT_MODEL:
        return str(size if size in SIZES else DEFAULT_SIZE).replace("*", "x")
    width, height = picture_size(image) or (16, 9)
    scale = (PIXELS.get(str(size), PIXELS["720P"]) / (width * height)) ** 0.5
    return f"{_even(width * scale)}x{_even(height * scale)}"


def tier(size: str) -> int:
    """480, 720 or 1080: what a video of this size (`832x480`) is sold as."""
    width, height = map(int, size.split("x"))
    pixels = {480: 832 * 480, 720: 1280 * 720, 1080: 1920 * 1080}
    return min(pixels, key=lambda name: abs(pixels[name] - width * height))


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)


def picture_size(reference: str) -> tuple[int, int] | None:
    """Width and height of a `data:` picture; None for a URL. Nothing is fetched here."""
    if not reference.startswith("data:"):
        return None
    with Image.open(io.BytesIO(base64.b64decode(reference.partition(",")[2]))) as picture:
        return picture.size


def picture_failure(reference: str) -> Failure | None:
    """How a task with this picture ends."""
    try:
        size = picture_size(reference)
    except (OSError, ValueError, Image.DecompressionBombError):
        return "InvalidParameter.DataInspection", "Unable to download the media resource."
    if size and not all(side in SIDES for side in size):
        return "InvalidParameter", "image width and height must be in [360,2000]"
    return None
