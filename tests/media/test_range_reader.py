"""A file of which a subclass gives the pieces reads as any other file."""

import io

import pytest

from generations.media.range_reader import RangeReader

CONTENT = bytes(range(100))


class Slow(RangeReader):
    """Gives seven bytes at most."""

    def piece(self, length: int) -> bytes:
        return CONTENT[self.at : self.at + min(length, 7)]


@pytest.fixture
def file() -> Slow:
    return Slow(len(CONTENT))


def test_pieces_follow_each_other_to_the_end(file: Slow) -> None:
    assert io.BufferedReader(file).read() == CONTENT


@pytest.mark.parametrize(
    ("offset", "whence", "at"),
    [(40, io.SEEK_SET, 40), (5, io.SEEK_CUR, 15), (-20, io.SEEK_END, 80)],
)
def test_reading_begins_where_it_was_set(file: Slow, offset: int, whence: int, at: int) -> None:
    file.seek(10)
    assert file.seek(offset, whence) == file.tell() == at
    assert file.read(3) == CONTENT[at : at + 3]
    assert file.tell() == at + 3


def test_behind_the_end_is_nothing(file: Slow) -> None:
    file.seek(0, io.SEEK_END)
    assert file.read(1) == b""
