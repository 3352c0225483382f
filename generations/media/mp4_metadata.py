"""How a video came to be, carried in the MP4's comment tag: written on download, read on drop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

from generations.decoders.mp4 import find, size_of
from generations.decoders.mp4_index import index_first, labels
from generations.decoders.video import remux

COMMENT = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")
MAX_STORY_BYTES = 64 * 1024


def with_story(path: Path | str, out: Path | str, story: dict[str, Any]) -> None:
    """Copy the video at `path` to `out` with `story` as JSON in its comment tag.

    Frames are copied, and labels by free names; the original stays as it is. Raises `ValueError`
    for a story that `read_story` would not take back, `av.FFmpegError` when the file cannot be
    copied.
    """
    text = json.dumps(story, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_STORY_BYTES:
        raise ValueError("the story is too long")
    path, out = Path(path), Path(out)
    kept = labels(path)
    if not kept:
        remux(path, out, {"comment": text})
        return
    told = out.with_name(f"{out.name}.part")
    remux(path, told, {"comment": text})
    index_first(told, out, kept)
    told.unlink()


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
