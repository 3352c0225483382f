"""What a picture file carries beside the picture: places, names, comments, other files.

Read from the bytes themselves, so that nothing hides behind what a decoder happens to report.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

# Parts a decoder needs, or that describe colours. Everything else is an extra.
PNG_NEEDED = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD cICP".split())
WEBP_NEEDED = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))

SOS, EOI, APP0, APP2, APP14, APP15, COM = 0xDA, 0xD9, 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
MAX_SCANS = 100  # each scan passes over the whole picture; a progressive JPEG has about ten


class MalformedImageError(ValueError):
    """The parts do not follow each other as the format says."""


def has_extras(content: bytes, kind: str) -> bool:
    """Does the file carry anything but its picture? `kind` is JPEG, PNG, WEBP or BMP.

    Raises `MalformedImageError`.
    """
    return {"JPEG": _in_jpeg, "PNG": _in_png, "WEBP": _in_webp, "BMP": _in_bmp}[kind](content)


def _in_jpeg(content: bytes) -> bool:
    extras, scans = False, 0
    for marker, body, end in _jpeg_segments(content):
        scans += marker == SOS
        if scans > MAX_SCANS:
            raise MalformedImageError("too many scans")
        if marker == EOI:
            return extras or end != len(content)
        extras |= _is_extra(marker, content[body : body + 12])
    raise MalformedImageError("no end")


def lacks_end(content: bytes) -> bool:
    """Does a JPEG stop in its picture, without the two bytes that end it?"""
    try:
        markers = [marker for marker, _, _ in _jpeg_segments(content)]
    except MalformedImageError:
        return False
    return EOI not in markers and 0 < markers.count(SOS) <= MAX_SCANS


def _is_extra(marker: int, head: bytes) -> bool:
    """APP0 is JFIF, APP14 says how colours are coded, APP2 may hold the colour profile."""
    if marker == APP2:
        return head != b"ICC_PROFILE\0"
    return marker == COM or (APP0 < marker <= APP15 and marker != APP14)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, body, end) of each segment; the coded data after a scan's head is skipped."""
    at = 2
    while at + 2 <= len(content):
        if content[at] != 0xFF:
            raise MalformedImageError(f"no marker at {at}")
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == EOI:
            yield marker, at + 2, at + 2
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            raise MalformedImageError(f"no length at {at}")
        yield marker, at + 4, at + 2 + length
        at += 2 + length
        if marker == SOS:
            at = _end_of_scan(content, at)


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next real marker stands: not a stuffed FF00, a restart or a fill byte.

    The end of `content` if there is none: the coded data are the last that it has.
    """
    while (at := content.find(b"\xff", at)) != -1 and at + 1 < len(content):
        following = content[at + 1]
        if following not in (0x00, 0xFF) and not 0xD0 <= following <= 0xD7:
            return at
        at += 1 if following == 0xFF else 2
    return len(content)


def _in_png(content: bytes) -> bool:
    at, extras = 8, False
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
        extras |= kind not in PNG_NEEDED
        if kind == b"IEND":
            return extras or at != len(content)
    raise MalformedImageError("no end")


def _in_webp(content: bytes) -> bool:
    end = 8 + int.from_bytes(content[4:8], "little")
    at, extras = 12, end != len(content)
    while at + 8 <= min(end, len(content)):
        kind, length = struct.unpack_from("<4sI", content, at)
        extras |= kind not in WEBP_NEEDED
        at += 8 + length + length % 2
    return extras


def webp_sides(content: bytes) -> tuple[int, int]:
    """Width and height of a WebP by its first part (RFC 9649, sections 2.5 to 2.7)."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(content[start:end], "little")

    if content[12:16] == b"VP8X":
        return number(24, 27) + 1, number(27, 30) + 1
    if content[12:16] == b"VP8L":
        return number(21, 25) % 2**14 + 1, (number(21, 25) >> 14) % 2**14 + 1
    return number(26, 28) % 2**14, number(28, 30) % 2**14


def _in_bmp(content: bytes) -> bool:
    return int.from_bytes(content[2:6], "little") != len(content)
