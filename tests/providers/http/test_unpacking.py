"""Bytes as they were meant, in whatever pieces they come."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest

from generations.providers.http.unpacking import NOT_PACKED, PIECE, unpacked

CONTENT = bytes(range(256)) * 5000


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 4096, 10_000_000])
@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, zlib.compress, lambda content: gzip.compress(content, 1)],
    ids=["plain", "gzip", "zlib", "gzip quickly"],
)
def test_every_byte_arrives(pack: Callable[[bytes], bytes], size: int) -> None:
    content = CONTENT[:20_000] if size == 1 else CONTENT
    assert b"".join(unpacked(pieces(pack(content), size))) == content


def test_gzip_members_in_a_row_are_one_stream() -> None:
    packed = gzip.compress(b"first ") + gzip.compress(b"second")
    assert b"".join(unpacked([packed])) == b"first second"


def test_a_small_file_that_unpacks_to_a_large_one_comes_in_small_pieces() -> None:
    sizes = [len(piece) for piece in unpacked([gzip.compress(bytes(50 * PIECE))])]
    assert sum(sizes) == 50 * PIECE and max(sizes) <= PIECE


@pytest.mark.parametrize("content", [b"", b"\x1f", b"x"])
def test_what_is_too_short_to_be_packed_is_left_as_it_is(content: bytes) -> None:
    assert b"".join(unpacked([content])) == content


@pytest.mark.parametrize("damaged", [gzip.compress(CONTENT)[:-9], b"\x1f\x8b no gzip at all"])
def test_what_ends_too_soon_or_is_damaged_is_an_error(damaged: bytes) -> None:
    with pytest.raises(NOT_PACKED):
        list(unpacked([damaged]))
