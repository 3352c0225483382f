"""The parts of an MP4 file, whole and broken."""

import io

import pytest

from generations.decoders.mp4 import MAX_BOXES, Box, boxes

FREE = b"\0\0\0\x08free"


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
