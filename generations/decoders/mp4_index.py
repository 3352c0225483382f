"""Moving the index of an MP4 (`moov`), and nothing else of it.

A muxer would leave out what it does not know, as the label by which China has videos of an AI
marked (`AIGC`, GB 45438-2025). Here every byte stays but for the places that the index tells.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from generations.decoders.mp4 import Box, boxes, find, size_of

# Places are told from the beginning of the file in these, by 4 or 8 bytes each.
CHUNK_OFFSETS = {b"stco": 4, b"co64": 8}
FRAGMENTS = (b"moof", b"mfra", b"meta")  # which tell places, too
HEADER = 8
BUFFER = 1024 * 1024  # bytes read at once


class Layout(NamedTuple):
    """Where the first box ends, where the index stands with its header, and how long all is."""

    front: int
    start: int
    moov: Box
    size: int


def index_first(source: Path, target: Path, extra: bytes = b"") -> None:
    """Copy `source` to `target` with its index behind the first box, and `extra` boxes in it.

    Raises `ValueError` for a file whose index cannot be moved.
    """
    with source.open("rb") as file, target.open("wb") as out:
        layout = _layout(file)
        file.seek(layout.moov.body)
        index = file.read(layout.moov.end - layout.moov.body) + extra
        head = (len(index) + HEADER).to_bytes(4, "big") + b"moov"
        _copy(file, out, 0, layout.front)
        out.write(head + _shifted(index, layout))
        _copy(file, out, layout.front, layout.start)
        _copy(file, out, layout.moov.end, layout.size)


def labels(source: Path) -> bytes:
    """The boxes in which `source` keeps labels by free names (`meta` with `keys`), as they are."""
    with source.open("rb") as file:
        size = size_of(file)
        found = (
            find(file, path, 0, size) for path in ((b"moov", b"meta"), (b"moov", b"udta", b"meta"))
        )
        return b"".join(_whole(file, box) for box in found if box and _has_keys(file, box))


def _has_keys(file: BinaryIO, meta: Box) -> bool:
    return any(
        find(file, (b"keys",), meta.body + version, meta.end) for version in (4, 0)
    )  # QuickTime's has no version


def _whole(file: BinaryIO, box: Box) -> bytes:
    file.seek(box.body)
    content = file.read(box.end - box.body)
    return (len(content) + HEADER).to_bytes(4, "big") + box.kind + content


def _layout(file: BinaryIO) -> Layout:
    size = size_of(file)
    found = list(boxes(file, 0, size))
    starts = [0, *(box.end for box in found)]
    indexes = [
        (start, box) for start, box in zip(starts, found, strict=False) if box.kind == b"moov"
    ]
    if len(indexes) != 1 or any(box.kind in FRAGMENTS for box in found):
        raise ValueError("its index does not stand alone")
    return Layout(found[0].end, *indexes[0], size)


def _shifted(index: bytes, layout: Layout) -> bytes:
    """`index` with the places of all chunks as they are in the new file."""
    moved = bytearray(index)
    grown = len(index) + HEADER
    for at, width in _places(index):
        place = int.from_bytes(moved[at : at + width], "big")
        if place >= layout.moov.end:
            place += grown - (layout.moov.end - layout.start)
        elif place >= layout.front:
            place += grown
        moved[at : at + width] = place.to_bytes(width, "big")
    return bytes(moved)


def _places(index: bytes) -> Iterator[tuple[int, int]]:
    """Where in `index` places of chunks stand, and on how many bytes."""
    file = io.BytesIO(index)
    for track in boxes(file, 0, len(index)):
        for kind, width in CHUNK_OFFSETS.items():
            path = (b"mdia", b"minf", b"stbl", kind)
            table = find(file, path, track.body, track.end) if track.kind == b"trak" else None
            if table:
                count = int.from_bytes(index[table.body + 4 : table.body + 8], "big")
                if table.body + 8 + count * width > table.end:
                    raise ValueError("it tells more places than it has")
                yield from ((table.body + 8 + each * width, width) for each in range(count))


def _copy(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0 and (piece := file.read(min(left, BUFFER))):
        out.write(piece)
        left -= len(piece)
