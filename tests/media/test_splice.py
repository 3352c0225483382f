"""A file of which a part reads as something else."""

import io

import pytest

from generations.media.splice import Splice


@pytest.mark.parametrize(
    ("start", "end", "put"), [(0, 0, b"new"), (3, 5, b""), (3, 5, b"longer"), (9, 10, b"x")]
)
def test_every_part_of_it_reads_as_that_of_a_copy(start: int, end: int, put: bytes) -> None:
    original = b"0123456789"
    copy = original[:start] + put + original[end:]
    splice = Splice(io.BytesIO(original), start, end, put)
    assert splice.size == len(copy)
    for at in range(len(copy) + 1):
        for length in range(len(copy) + 1):
            splice.seek(at)
            read = b""
            while len(read) < length and (piece := splice.read(length - len(read))):
                read += piece
            assert read == copy[at : at + length]
    splice.seek(-1, io.SEEK_END)
    assert splice.read(1) == copy[-1:]
    with pytest.raises(io.UnsupportedOperation):
        splice.fileno()


def test_it_closes_the_file() -> None:
    file = io.BytesIO(b"content")
    Splice(file, 0, 0, b"").close()
    assert file.closed
