"""Files that only the studio's account can read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHERS_MAY_READ, OTHERS_MAY_ENTER = 0o004, 0o001


@contextmanager
def private_files() -> Iterator[None]:
    """Inside this context, new files of the process cannot be read by other accounts."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def is_open_to_others(path: Path) -> bool:
    """Whether other accounts can read it. A parent folder that they cannot enter prevents it."""
    try:
        path = path.resolve(strict=True)
        bits = OTHERS_MAY_READ | (OTHERS_MAY_ENTER if path.is_dir() else 0)
        if not path.stat().st_mode & bits:
            return False
        return all(parent.stat().st_mode & OTHERS_MAY_ENTER for parent in path.parents)
    except OSError:  # it is not there, or this account itself cannot enter
        return False
