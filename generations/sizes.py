"""The sizes of videos, with their tiers and ratios: the only table of them.

A text-to-video size is `832x480`. For image-to-video it is a tier, `720P`: the video keeps the
image's ratio.
"""

from math import gcd

TIERS = ("480P", "720P", "1080P")
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")

# The eight sizes of wan2.2-t2v-plus (Model Studio, text-to-video reference, 2026-02), each with its
# tier and the common name of its ratio. The exact ratio of 832x480 is 26:15, and of 1632x1248 it is
# 17:13.
TEXT_TABLE = {
    "832x480": ("480P", "16:9"),
    "480x832": ("480P", "9:16"),
    "624x624": ("480P", "1:1"),
    "1920x1080": ("1080P", "16:9"),
    "1080x1920": ("1080P", "9:16"),
    "1440x1440": ("1080P", "1:1"),
    "1632x1248": ("1080P", "4:3"),
    "1248x1632": ("1080P", "3:4"),
}
TEXT_SIZES = tuple(TEXT_TABLE)
DEFAULT_TEXT_SIZE = "1920x1080"
IMAGE_SIZES = ("480P", "720P")
DEFAULT_IMAGE_SIZE = "720P"

# The large size of the same ratio, if there is one.
LARGER = {"832x480": "1920x1080", "480x832": "1080x1920", "624x624": "1440x1440"}


SMALLER = {large: small for small, large in LARGER.items()}


def tier_of(size: str) -> str:
    """`480P` or `1080P` for a text-to-video size; an image-to-video size is its own tier."""
    return TEXT_TABLE[size][0] if size in TEXT_TABLE else size


def ratio_of(size: str) -> str:
    """The ratio of a size; empty for a tier."""
    if size in TEXT_TABLE:
        return TEXT_TABLE[size][1]
    width, x, height = size.partition("x")
    if not x:
        return ""
    divisor = gcd(int(width), int(height))
    return f"{int(width) // divisor}:{int(height) // divisor}"


def sizes_of_tier(tier: str) -> list[str]:
    """All sizes of a tier, text-to-video and image-to-video; for another value, itself."""
    return [size for size in (*TEXT_SIZES, *IMAGE_SIZES) if tier_of(size) == tier] or [tier]


def sizes_of_ratio(ratio: str) -> list[str]:
    return [size for size in TEXT_SIZES if ratio_of(size) == ratio]
