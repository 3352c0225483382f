"""Backups on a schedule: each in a folder named after its time, old ones removed."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from .backup import make
from .manifest import MANIFEST

NAME = "%Y-%m-%dT%H%M%SZ"


def make_dated_backup(parent: Path) -> tuple[Path, dict[str, Any]]:
    """Make a backup in a new folder of `parent`; returns the folder and its manifest.

    Files that the newest finished backup there has are linked to it, and neither read nor fetched
    from a bucket again. What is left of a backup that fails is removed. Raises as `make` does.
    """
    earlier = [folder for _, folder in dated(parent) if is_finished(folder)]
    folder = parent / timezone.now().astimezone(UTC).strftime(NAME)
    try:
        return folder, make(folder, earlier=earlier[-1] if earlier else None)
    except BaseException:
        if not is_finished(folder):  # nor another's, of the same second
            shutil.rmtree(folder, ignore_errors=True)
        raise


def remove_old(parent: Path, days: int) -> list[Path]:
    """Remove the dated backups older than so many days, and unfinished ones; returns them.

    Call it after a backup that has everything: what is missing there may be in an old one.
    """
    oldest = timezone.now() - timedelta(days=days)
    removed = [folder for made, folder in dated(parent) if made < oldest or not is_finished(folder)]
    for folder in removed:
        shutil.rmtree(folder)
    return removed


def dated(parent: Path) -> list[tuple[datetime, Path]]:
    """The backups in `parent` that a schedule made, and when, oldest first."""
    found = []
    for folder in parent.iterdir() if parent.is_dir() else ():
        with suppress(ValueError):  # somebody's own
            found.append((datetime.strptime(folder.name, NAME).replace(tzinfo=UTC), folder))
    return sorted(found)


def is_finished(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()
