"""The boxes of an MP4 file (ISO/IEC 14496-12, section 4.2), read without a decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_BOXES = 4096  # in one container; real files have a few dozen, fragmented ones a few hundred


class Box(NamedTuple):
    """`body` to `end` are offsets of the content; `end` may lie beyond a truncated file."""

    kind: bytes
    body: int
    end: int


def size_of(file: BinaryIO) -> int:
    return file.seek(0, 2)


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets, in order. Stops at invalid bytes."""
    for _ in range(MAX_BOXES):
        box = _box_at(file, start, end)
        if box is None:
            return
        yield box
        start = box.end


def find(file: BinaryIO, path: tuple[bytes, ...], start: int, end: int) -> Box | None:
    """The first complete box at `path`, such as `(b"moov", b"udta")`."""
    for box in boxes(file, start, end):
        if box.kind != path[0] or box.end > end:
            continue
        if len(path) == 1:
            return box
        # `meta` has four bytes of version and flags before its boxes.
        return find(file, path[1:], box.body + 4 * (box.kind == b"meta"), box.end)
    return None


def _box_at(file: BinaryIO, start: int, end: int) -> Box | None:
    if start + 8 > end:
        return None
    file.seek(start)
    head = file.read(16)
    if len(head) < 8:
        return None
    size, kind, body = *struct.unpack_from(">I4s", head), start + 8
    if size == 1 and len(head) == 16:  # a 64-bit size follows
        size, body = struct.unpack_from(">Q", head, 8)[0], start + 16
    elif size == 0:  # the last box: up to the end
        size = end - start
    return Box(kind, body, start + size) if start + size >= body else None
