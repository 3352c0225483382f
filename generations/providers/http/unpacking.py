"""Bytes as they were meant: compressed or not by what they are, whatever the headers say.

Storage and gateways label plain files as `aws-chunked`, `UTF-8` or `binary`, and some compress
though nobody asked for it (2026). A header proves neither.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

PIECE = 256 * 1024
# The first bytes of gzip (RFC 1952) and of zlib (RFC 1950) at its usual levels. No video and no
# JSON begins with them.
PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
NOT_PACKED = (zlib.error, EOFError)
EITHER = 47  # for zlib: accept a gzip or a zlib header


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces` as they are, or inflated if they begin as gzip or zlib do.

    What is inflated comes in pieces of `PIECE` at most, so a limit on their sum holds. Raises
    what is in `NOT_PACKED` for bytes that are damaged or end too soon.
    """
    head, rest = b"", iter(pieces)
    for piece in rest:
        head += piece
        if len(head) >= 2:
            break
    yield from _inflated(chain([head], rest)) if head.startswith(PACKED) else chain([head], rest)


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(EITHER)
    for piece in pieces:
        while piece:
            if inflater.eof:  # gzip members in a row are one stream
                inflater = zlib.decompressobj(EITHER)
            yield inflater.decompress(piece, PIECE)
            piece = inflater.unconsumed_tail or inflater.unused_data
    while held := inflater.decompress(b"", PIECE):
        yield held
    if not inflater.eof:
        raise EOFError("the compressed bytes end too soon")
