"""Many IDs in batches, because databases limit the number of parameters of a query."""

from collections.abc import Iterator, Sequence
from uuid import UUID

BATCH_SIZE = 500


def batched(pks: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """`pks` in batches that fit into one query."""
    for start in range(0, len(pks), BATCH_SIZE):
        yield pks[start : start + BATCH_SIZE]
