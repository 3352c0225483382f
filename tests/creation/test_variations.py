"""Takes: the same request several times, each with a seed of its own."""

import pytest

from generations.creation.variations import take_seeds, takes_of
from generations.providers.base import SEED_MAX


@pytest.mark.parametrize(
    ("seed", "seeds"),
    [
        (7, [7, 8, 9, 10]),
        (0, [0, 1, 2, 3]),
        (SEED_MAX - 1, [SEED_MAX - 1, SEED_MAX, 0, 1]),
        (None, [None, None, None, None]),
    ],
)
def test_takes_have_the_given_seed_and_the_next_ones(seed, seeds):
    assert take_seeds(seed, 4) == seeds


def test_each_request_is_followed_by_its_takes():
    asks = takes_of([{"prompt": "A", "seed": 1}, {"prompt": "B", "seed": 1}], 2)
    assert [(ask["prompt"], ask["seed"]) for ask in asks] == [
        ("A", 1), ("A", 2), ("B", 1), ("B", 2),
    ]  # fmt: skip
