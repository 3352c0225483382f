"""How a video came to be, carried in the MP4's comment tag: written on download, read on drop."""

from __future__ import annotations

import io
import json
from typing import Any, BinaryIO

from generations.decoders.mp4 import boxes, find, size_of
from generations.decoders.mp4_index import layout_of, make_box, read_index, shifted
from generations.media.splice import Splice

TAGS = (b"udta", b"meta", b"ilst", b"\xa9cmt")
COMMENT = (b"moov", *TAGS, b"data")
MAX_STORY_BYTES = 64 * 1024
MAX_INDEX_BYTES = 1024 * 1024  # a video of five seconds has a few kilobytes

# A box of tags as iTunes writes them; one of any other kind is not ours to write into.
ITUNES = b"mdir"
NEW_META = bytes(4) + make_box(b"hdlr", bytes(8) + ITUNES + b"appl" + bytes(9))
TEXT = (1).to_bytes(4, "big") + bytes(4)  # type and locale


def with_story(file: BinaryIO, story: dict[str, Any]) -> Splice:
    """The video in `file` with `story` as JSON in its comment tag. No frame is read or copied.

    Raises `ValueError` for a story that `read_story` would not take back, and for a file that
    nothing can be written into.
    """
    text = json.dumps(story, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > MAX_STORY_BYTES:
        raise ValueError("the story is too long")
    layout = layout_of(file)
    length = layout.moov.end - layout.start
    if length > MAX_INDEX_BYTES:
        raise ValueError("its index is too large")
    index = with_box(read_index(file, layout), TAGS, make_box(b"data", TEXT + text))
    grown = len(make_box(b"moov", index)) - length
    moov = make_box(b"moov", shifted(index, [(layout.moov.end, grown)]))
    return Splice(file, layout.start, layout.moov.end, moov)


def with_box(parent: bytes, path: tuple[bytes, ...], content: bytes) -> bytes:
    """The boxes in `parent`, with `content` in the one at `path`, which is made if it is missing.

    Everything else stays to the byte. Raises `ValueError` where a box ends beyond its parent.
    """
    kind, start = path[0], 0
    for box in boxes(io.BytesIO(parent), 0, len(parent)):
        if box.end > len(parent):
            raise ValueError("its index is damaged")
        body = parent[box.body : box.end]
        if box.kind == kind and (kind != b"meta" or body[20:24] == ITUNES):
            made = make_box(kind, _filled(body, path, content))
            return parent[:start] + made + parent[box.end :]
        start = box.end
    made = make_box(kind, _filled(NEW_META if kind == b"meta" else b"", path, content))
    return made + parent if kind == b"meta" else parent + made  # `udta` may end with zeros


def _filled(body: bytes, path: tuple[bytes, ...], content: bytes) -> bytes:
    version = 4 if path[0] == b"meta" else 0  # bytes before its boxes
    return body[:version] + with_box(body[version:], path[1:], content) if path[1:] else content


def read_story(file: BinaryIO) -> dict[str, Any] | None:
    """The story in an MP4, or None. Reads a few kilobytes at most, whatever the file says.

    The content is what a stranger wrote: check every value like any other input.
    """
    size = size_of(file)
    box = find(file, COMMENT, 0, size)
    if box is None or box.end - box.body > MAX_STORY_BYTES + 8:
        return None
    file.seek(box.body + 8)  # past the type and the locale of the text
    try:
        story = json.loads(file.read(box.end - box.body - 8))
    except (ValueError, RecursionError):
        return None
    return story if isinstance(story, dict) else None
