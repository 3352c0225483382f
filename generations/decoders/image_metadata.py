"""Data in an image file besides the image: locations, names, comments, other files.

Read from the bytes, so that nothing is hidden behind what a decoder reports.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from generations.decoders.jpeg_tables import has_spare_tables

# PNG chunks that a decoder needs, and their maximum length. Each occurs once, except IDAT.
PNG_NEEDED = {
    b"IHDR": 13, b"PLTE": 768, b"IDAT": 2**31, b"IEND": 0, b"tRNS": 256, b"gAMA": 4, b"cHRM": 32,
    b"sRGB": 1, b"sBIT": 4, b"pHYs": 9, b"bKGD": 6, b"cICP": 4,
}  # fmt: skip
WEBP_NEEDED = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH"))
MAX_UNPACKED = 2001 * 2001 * 8  # bytes of the largest accepted picture

SOF, DHT, EOI, SOS, DQT, DRI = range(0xC0, 0xCB), 0xC4, 0xD9, 0xDA, 0xDB, 0xDD
JFIF, ADOBE = 0xE0, 0xEE
JPEG_NEEDED = frozenset((*SOF, DHT, SOS, EOI, DQT, DRI))
MAX_SCANS = 100  # each scan processes the whole picture; a progressive JPEG has about ten


class MalformedImageError(ValueError):
    """The parts are not in the order that the format requires."""


def has_extras(content: bytes, kind: str) -> bool:
    """May the file carry anything but its picture? `kind` is JPEG, PNG, WEBP or BMP.

    A colour profile counts: it has room for anything. So does any BMP, which has gaps, and a JPEG
    with tables of its own or of several scans, of which each may have a tail. Raises
    `MalformedImageError`.
    """
    looks = {"JPEG": _in_jpeg, "PNG": _in_png, "WEBP": _in_webp}
    return looks[kind](content) if kind in looks else True


def _in_jpeg(content: bytes) -> bool:
    seen: set[int] = set()
    extras, scans, at = False, 0, 2
    segments = []
    for marker, body, end in _jpeg_segments(content):
        segments.append((marker, content[body:end]))
        scans += marker == SOS
        if scans > MAX_SCANS:
            raise MalformedImageError("too many scans")
        start = body - 2 if marker == EOI else body - 4
        gap = start != at and SOS not in seen  # the data of a scan follow its header
        extras |= gap or _is_extra(marker, content[body:end]) or marker in seen & {JFIF, ADOBE}
        seen.add(marker)
        if marker == EOI:
            spare = has_spare_tables(segments)
            return extras or spare or scans > 1 or end != len(content)
        at = end
    raise MalformedImageError("no end")


def is_truncated(content: bytes) -> bool:
    """Whether a JPEG ends inside its image, without the two bytes of its end."""
    try:
        markers = [marker for marker, _, _ in _jpeg_segments(content)]
    except MalformedImageError:
        return False
    return EOI not in markers and 0 < markers.count(SOS) <= MAX_SCANS


def _is_extra(marker: int, segment: bytes) -> bool:
    """Of those for applications, only JFIF without a picture in it, and how colours are coded."""
    if marker == JFIF:
        return not (segment.startswith(b"JFIF\0") and segment[12:] == b"\0\0")
    if marker == ADOBE:
        return not (segment.startswith(b"Adobe") and len(segment) == 12)
    return marker not in JPEG_NEEDED


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
    seen: set[bytes] = set()
    at, extras, packed = 8, False, []
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        extras |= length > PNG_NEEDED.get(kind, -1) or (kind in seen and kind != b"IDAT")
        if kind == b"IDAT":
            packed.append(content[at + 8 : at + 8 + length])
        seen.add(kind)
        at += 12 + length
        if kind == b"IEND":
            return extras or at != len(content) or _has_tail(b"".join(packed))
    raise MalformedImageError("no end")


def _has_tail(packed: bytes) -> bool:
    """Whether bytes follow the end of the compressed image."""
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed, MAX_UNPACKED)
    except zlib.error:  # the decoder says what is wrong with it
        return False
    return bool(unpacking.unused_data) or not unpacking.eof


def _in_webp(content: bytes) -> bool:
    end = 8 + int.from_bytes(content[4:8], "little")
    seen: set[bytes] = set()
    at, extras = 12, end != len(content)
    while at + 8 <= min(end, len(content)):
        kind, length = struct.unpack_from("<4sI", content, at)
        padding = content[at + 8 + length :][: length % 2]
        extras |= kind not in WEBP_NEEDED or kind in seen or any(padding)
        seen.add(kind)
        at += 8 + length + length % 2
    return extras or len(seen & {b"VP8 ", b"VP8L"}) != 1


def webp_sides(content: bytes) -> tuple[int, int]:
    """Width and height of a WebP by its first part (RFC 9649, sections 2.5 to 2.7)."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(content[start:end], "little")

    if content[12:16] == b"VP8X":
        return number(24, 27) + 1, number(27, 30) + 1
    if content[12:16] == b"VP8L":
        return number(21, 25) % 2**14 + 1, (number(21, 25) >> 14) % 2**14 + 1
    return number(26, 28) % 2**14, number(28, 30) % 2**14
