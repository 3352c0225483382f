"""Whether a file is a complete WebM, read from its outer elements (RFC 8794)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from generations.decoders.mp4 import size_of

MAGIC = b"\x1a\x45\xdf\xa3"  # of any EBML file
DOCUMENT_TYPE = b"\x42\x82"
SEGMENT = b"\x18\x53\x80\x67"
MAX_HEAD = 4096  # bytes


def is_webm(path: Path | str) -> bool:
    with open(path, "rb") as file:
        head = file.read(MAX_HEAD)
    return head.startswith(MAGIC) and DOCUMENT_TYPE + b"\x84webm" in head


def is_cut_off(path: Path | str) -> bool:
    """Whether it declares more bytes than there are. A live recording declares nothing."""
    with open(path, "rb") as file:
        size = size_of(file)
        file.seek(len(MAGIC))
        head = _length(file) or 0
        file.seek(head, 1)
        if file.read(len(SEGMENT)) != SEGMENT:
            return True
        length = _length(file)
        return length is not None and file.tell() + length > size


def _length(file: BinaryIO) -> int | None:
    """The length of an element (RFC 8794, section 6); None if it is open."""
    first = int.from_bytes(file.read(1), "big")
    width = 9 - first.bit_length()
    if width > 8:
        return 0
    rest = file.read(width - 1)
    value = int.from_bytes(bytes([first & (0xFF >> width)]) + rest, "big")
    return None if value == (1 << (7 * width)) - 1 else value
