"""Files that are for the studio's own account alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHERS_MAY_READ, OTHERS_MAY_ENTER = 0o004, 0o001


@contextmanager
def private_files() -> Iterator[None]:
    """What this process makes meanwhile, other accounts of the machine cannot read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def is_open_to_others(path: Path) -> bool:
    """May other accounts read it? A folder above that they cannot enter closes it."""
    try:
        path = path.resolve(strict=True)
        bits = OTHERS_MAY_READ | (OTHERS_MAY_ENTER if path.is_dir() else 0)
        if not path.stat().st_mode & bits:
            return False
        return all(parent.stat().st_mode & OTHERS_MAY_ENTER for parent in path.parents)
    except OSError:  # it is not there, or this account itself cannot enter
        return False
