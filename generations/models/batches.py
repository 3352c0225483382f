"""Many ids in parts: databases limit how many values one question names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

BATCH_SIZE = 500


def batched(pks: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """`pks` in parts that one question can name."""
    for start in range(0, len(pks), BATCH_SIZE):
        yield pks[start : start + BATCH_SIZE]
