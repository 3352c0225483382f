"""The tables of a JPEG with one scan (ITU-T T.81, B.2): does its picture need all of them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

SOF, DHT, SOS, DQT = range(0xC0, 0xC4), 0xC4, 0xDA, 0xDB
ALL_COEFFICIENTS = bytes((0, 63, 0))

# SHA-256 of the Huffman tables that most encoders write (T.81, K.3 to K.6). Other tables can hold
# codes that the picture does not use, and therefore any text.
USUAL = {
    "2f66814c875b5317", "a6283a08f5d97906", "602f734c8c12c1d9", "13f90e3c9dc476c6",
}  # fmt: skip


def has_spare_tables(segments: Iterable[tuple[int, bytes]]) -> bool:
    """May there be anything in its tables that decodes nothing? `segments` are (marker, body)."""
    defined: list[str] = []
    used: set[str] = set()
    for marker, body in segments:
        if marker == DQT:
            defined += quantization_tables(body)
        elif marker == DHT:
            defined += huffman_tables(body)
        elif marker in SOF:
            used |= {f"quantization {number}" for number in body[8::3]}
        elif marker == SOS:
            kinds = body[2 : 2 + 2 * body[0] : 2]
            used |= {f"huffman {kind >> 4}" for kind in kinds}
            used |= {f"huffman {0x10 | kind & 0xF}" for kind in kinds}
            if body[-3:] != ALL_COEFFICIENTS:
                return True
    return sorted(defined) != sorted(used)


def quantization_tables(body: bytes) -> Iterator[str]:
    """The name of each table; others for those of two bytes a value, and of half a table."""
    for start in range(0, len(body), 65):
        whole = len(body) >= start + 65
        yield f"quantization {body[start]}" if whole else "half a table"


def huffman_tables(body: bytes) -> Iterator[str]:
    """The name of each table; another one for one that is not usual."""
    while body:
        end = 17 + sum(body[1:17])
        usual = sha256(body[1:end]).hexdigest()[:16] in USUAL
        yield f"huffman {body[0]}" if usual else "an unusual table"
        body = body[end:]
