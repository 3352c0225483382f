"""Reads back what a download carries in its comment tag."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from generations.decoders.mp4 import find, size_of
from generations.media.mp4_metadata import TAGS


def read_metadata(file: BinaryIO) -> Any:
    """The JSON in the comment of an MP4."""
    box = find(file, (b"moov", *TAGS, b"data"), 0, size_of(file))
    assert box is not None
    file.seek(box.body + 8)  # past the type and the locale of the text
    return json.loads(file.read(box.end - box.body - 8))
