"""Several videos by one press: takes of one prompt, each with a seed of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..providers.base import SEED_MAX

MAX_TAKES = 4


def take_seeds(seed: int | None, count: int) -> list[int | None]:
    """The given seed and the next ones, from 0 beyond the largest. A blank one stays blank."""
    if seed is None:
        return [None] * count
    return [(seed + take) % (SEED_MAX + 1) for take in range(count)]


def takes_of(asks: Iterable[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Each of `asks`, `count` times."""
    return [ask | {"seed": seed} for ask in asks for seed in take_seeds(ask["seed"], count)]
