"""The parts of an MP4 file, whole and broken."""

import io
import os

import pytest

from generations.decoders.mp4 import MAX_BOXES, Box, boxes, find

FREE = b"\0\0\0\x08free"
COMMENT = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")


def read(content: bytes, end: int | None = None) -> list[Box]:
    return list(boxes(io.BytesIO(content), 0, len(content) if end is None else end))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (FREE + b"\0\0\0\x0cmdat1234", [Box(b"free", 8, 8), Box(b"mdat", 16, 20)]),
        (b"\0\0\0\x01mdat" + (20).to_bytes(8) + b"1234", [Box(b"mdat", 16, 20)]),
        (b"\0\0\0\0mdat1234", [Box(b"mdat", 8, 12)]),
        (FREE + b"\0\0\0\x64mdat1234", [Box(b"free", 8, 8), Box(b"mdat", 16, 108)]),
    ],
    ids=["two", "long size", "to the end", "truncated"],
)
def test_each_box_says_where_it_begins_and_ends(content: bytes, found: list[Box]) -> None:
    assert read(content) == found


@pytest.mark.parametrize("rest", [b"\0\0\0\x07free", b"\0\0\0\x01mdat", b"\0\0\0", b""])
def test_what_makes_no_sense_ends_the_list_quietly(rest: bytes) -> None:
    assert read(FREE + rest) == [Box(b"free", 8, 8)]


def test_a_file_that_became_shorter_ends_the_list_too() -> None:
    assert read(FREE, end=100) == [Box(b"free", 8, 8)]


def test_a_file_of_nothing_but_boxes_is_not_read_for_ever() -> None:
    assert len(read(FREE * (MAX_BOXES + 10))) == MAX_BOXES


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\0" * 5000,
        b"\0\0\0\x08moov" * 100_000,
        b"\0\0\0\x01moov" + b"\xff" * 16,
        b"\0\0\0\0moov\0\0\0\0udta\0\0\0\0meta\0\0\0\0\0\0\0\0ilst\0\0\0\0\xa9cmt\0\0\0\0data\0",
        os.urandom(100_000),
    ],
)
def test_in_hostile_bytes_no_box_ends_beyond_them(content: bytes) -> None:
    box = find(io.BytesIO(content), COMMENT, 0, len(content))
    assert box is None or box.body <= box.end <= len(content)
