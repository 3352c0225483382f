"""Checks images before they are sent. Only the image itself leaves the studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from generations.decoders.bounds import MAX_BYTES, PICTURE_SECONDS
from generations.media import isolated

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/bmp": ".bmp"}

MESSAGES: dict[str, Any] = {
    "not_an_image": _("This file is not a picture."),
    "format": _("This is a picture in the format %(kind)s. Use JPEG, PNG, BMP or WEBP."),
    "transparent": _("This picture is partly transparent. Use one without transparency."),
    "too_small": _("This picture is too small: each side must have at least 360 pixels."),
    "too_large_side": _("This picture is too large: no side may have more than 2000 pixels."),
    "too_many_bytes": _("This picture has more than 10 MB. Use a smaller file."),
    "animated": _("This picture is animated. Use one with a single frame."),
    "broken": _("This picture is damaged and cannot be read completely."),
    "costly": _("Opening this picture takes too much memory or time. Save it again as JPEG."),
}


class InvalidImageError(Exception):
    """The image cannot be used. `code` is a key of `MESSAGES`, `str()` is for people."""

    def __init__(self, code: str, kind: str = "") -> None:
        self.code, self.kind = code, kind
        super().__init__(code)

    def __str__(self) -> str:
        return str(MESSAGES[self.code]) % {"kind": self.kind}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image that can be sent: a single frame, opaque, without metadata or other data."""

    content: bytes
    content_type: str
    width: int
    height: int

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.content_type]


def check_picture(file: BinaryIO | File[Any]) -> Picture:
    """The image in `file`, ready to be sent. Raises `InvalidImageError`.

    `generations.decoders.images` explains what is checked and changed.
    """
    facts, content = opened("check_picture", read(file))
    return Picture(content=content, **facts)


def shrink_picture(file: BinaryIO | File[Any]) -> tuple[Picture, tuple[int, int]]:
    """An image that is too large, as a JPEG within the limits, and its original size.

    Raises `InvalidImageError` if a side would be too short, or the image is too large to try.
    """
    facts, content = opened("shrink_picture", read(file))
    width, height = facts.pop("before")
    return Picture(content=content, **facts), (width, height)


def small(picture: Picture, sides: tuple[int, int]) -> bytes:
    """The image as a JPEG that fits into `sides`."""
    width, height = sides
    return opened("small", picture.content, width=width, height=height)[1]


def opened(job: str, content: bytes, **arguments: int) -> tuple[dict[str, Any], bytes]:
    try:
        return isolated.run(job, content, seconds=PICTURE_SECONDS, **arguments)
    except isolated.RefusedError as error:
        raise InvalidImageError(*error.args) from error
    except isolated.CostlyError as error:
        raise InvalidImageError("costly") from error


def read(file: BinaryIO | File[Any]) -> bytes:
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidImageError("too_many_bytes")
    return content
