"""Many IDs in batches: each once, in their order."""

from uuid import uuid4

import pytest

from generations.models.batches import BATCH_SIZE, batched


@pytest.mark.parametrize("count", [0, 1, BATCH_SIZE, BATCH_SIZE + 1, 2 * BATCH_SIZE])
def test_every_id_is_in_one_batch_that_fits_into_a_query(count: int) -> None:
    pks = [uuid4() for _ in range(count)]
    batches = list(batched(pks))
    assert [pk for batch in batches for pk in batch] == pks
    assert all(0 < len(batch) <= BATCH_SIZE for batch in batches)
