"""`manage.py move_media`: from `MEDIA_ROOT` into the bucket, or back, every byte compared."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.core.management.base import BaseCommand, CommandError

from ...operations.backup import digest, names


class Command(BaseCommand):
    help = (
        "Copies every file that a row has from MEDIA_ROOT into the bucket that AWS_... name, "
        "reads it back and compares. Nothing is deleted; stopped, it can be started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--back", action="store_true", help="from the bucket to MEDIA_ROOT")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("AWS_STORAGE_BUCKET_NAME is not set: there is no bucket.")
        disk = FileSystemStorage(location=Path(settings.MEDIA_ROOT), allow_overwrite=True)
        source: Storage = default_storage if options["back"] else disk
        target: Storage = disk if options["back"] else default_storage
        found: Counter[str] = Counter()
        for name in sorted(set(names())):
            try:
                outcome = moved(source, target, name)
            except OSError as error:
                raise CommandError(f"{name} was not moved: {error}") from error
            found[outcome] += 1
            if outcome in ("missing", "different"):
                self.stderr.write(f"{outcome}: {name}")
        self.stdout.write(", ".join(f"{count} {outcome}" for outcome, count in found.items()))
        if found["missing"] or found["different"]:
            raise CommandError("Not everything was moved. Mend the cause and start again.")


def moved(source: Storage, target: Storage, name: str) -> str:
    """`moved`, or `there already`; `missing` at the source; `different` after the copy."""
    if not source.exists(name):
        return "there already" if target.exists(name) else "missing"
    wanted = digest(source, name)
    if target.exists(name) and digest(target, name) == wanted:
        return "there already"
    with source.open(name) as file:
        stored = target.save(name, File(file))
    return "moved" if stored == name and digest(target, name) == wanted else "different"
