"""Moving the index of an MP4 (`moov`), and nothing else of it.

A muxer would leave out what it does not know, as the label by which China has videos of an AI
marked (`AIGC`, GB 45438-2025). Here every byte stays but for the places that the index tells.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from generations.decoders.mp4 import Box, boxes, find, size_of

# These boxes contain offsets from the start of the file, with 4 or 8 bytes each.
CHUNK_OFFSETS = {b"stco": 4, b"co64": 8}
FRAGMENTS = (b"moof", b"mfra", b"meta")  # boxes that contain offsets too
HEADER = 8
BUFFER = 1024 * 1024  # bytes read at once


class Layout(NamedTuple):
    """Where the first box ends, where the index stands with its header, and how long all is."""

    front: int
    start: int
    moov: Box
    size: int


def index_first(source: Path, target: Path) -> None:
    """Copy `source` to `target` with its index behind the first box.

    Raises `ValueError` for a file whose index cannot be moved.
    """
    with source.open("rb") as file, target.open("wb") as out:
        layout = layout_of(file)
        index = read_index(file, layout)
        behind = len(index) + HEADER - (layout.moov.end - layout.start)
        moves = ((layout.moov.end, behind), (layout.front, len(index) + HEADER))
        copy_bytes(file, out, 0, layout.front)
        out.write(make_box(b"moov", with_moved_offsets(index, moves)))
        copy_bytes(file, out, layout.front, layout.start)
        copy_bytes(file, out, layout.moov.end, layout.size)


def make_box(kind: bytes, body: bytes) -> bytes:
    """Raises OverflowError for 4 GB and more."""
    return (len(body) + HEADER).to_bytes(4, "big") + kind + body


def read_index(file: BinaryIO, layout: Layout) -> bytes:
    """The content of the index."""
    file.seek(layout.moov.body)
    return file.read(layout.moov.end - layout.moov.body)


def layout_of(file: BinaryIO) -> Layout:
    """Raises `ValueError` where places are told elsewhere, or nowhere."""
    size = size_of(file)
    found = list(boxes(file, 0, size))
    starts = [0, *(box.end for box in found)]
    indexes = [
        (start, box) for start, box in zip(starts, found, strict=False) if box.kind == b"moov"
    ]
    if len(indexes) != 1 or any(box.kind in FRAGMENTS for box in found):
        raise ValueError("its index does not stand alone")
    return Layout(found[0].end, *indexes[0], size)


def new_moov(layout: Layout, index: bytes) -> bytes:
    """The `moov` box with `index` in it, for a file in which it stands where the old one stood."""
    grown = len(index) + HEADER - (layout.moov.end - layout.start)
    return make_box(b"moov", with_moved_offsets(index, [(layout.moov.end, grown)]))


def with_moved_offsets(index: bytes, moves: Iterable[tuple[int, int]]) -> bytes:
    """`index` for a file in which chunks lie elsewhere.

    `moves` are pairs: what lies at this place or behind it moves by that many bytes. Of several
    that fit a chunk, the first one counts.
    """
    changed = bytearray(index)
    for at, width in _places(index):
        place = int.from_bytes(changed[at : at + width], "big")
        place += next((by for start, by in moves if place >= start), 0)
        changed[at : at + width] = place.to_bytes(width, "big")
    return bytes(changed)


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


def copy_bytes(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0 and (piece := file.read(min(left, BUFFER))):
        out.write(piece)
        left -= len(piece)
