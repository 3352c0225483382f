"""The prompt and settings of a video in its MP4 comment: written on download, read on drop."""

import io
import json
from typing import Any, BinaryIO

from generations.decoders.mp4 import boxes
from generations.decoders.mp4_index import layout_of, make_box, new_moov, read_index
from generations.media.splice import Splice

TAGS = (b"udta", b"meta", b"ilst", b"\xa9cmt")
MAX_METADATA_BYTES = 64 * 1024
MAX_INDEX_BYTES = 1024 * 1024  # a video of five seconds has a few kilobytes

# A box with tags as iTunes writes them. Boxes of another kind are left alone.
ITUNES = b"mdir"
NEW_META = bytes(4) + make_box(b"hdlr", bytes(8) + ITUNES + b"appl" + bytes(9))
TEXT = (1).to_bytes(4, "big") + bytes(4)  # type and locale


def with_metadata(file: BinaryIO, metadata: dict[str, Any]) -> Splice:
    """The video in `file` with `metadata` as JSON in its comment tag. No frame is read or copied.

    Raises `ValueError` for metadata that no page would read back, and for a file that nothing can
    be written into.
    """
    text = json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > MAX_METADATA_BYTES:
        raise ValueError("the metadata are too long")
    layout = layout_of(file)
    if layout.moov.end - layout.start > MAX_INDEX_BYTES:
        raise ValueError("its index is too large")
    index = with_box(read_index(file, layout), TAGS, make_box(b"data", TEXT + text))
    return Splice(file, layout.start, layout.moov.end, new_moov(layout, index))


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
