"""`manage.py backup <folder>`: database and files as they are at one moment, with a manifest.

With `--keep 14`, in a new dated folder of `<folder>`, and those older than 14 days are removed.
"""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...operations.backup import make, place, still_named
from ...operations.backup_schedule import make_dated_backup, remove_old
from ...operations.manifest import InvalidBackupError


class Command(BaseCommand):
    help = "Writes a backup of database and files into an empty folder. The studio may go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--keep",
            type=days,
            metavar="DAYS",
            help="make a dated backup in the folder, and remove those older than so many days",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        parent = folder = options["folder"]
        try:
            if options["keep"]:
                folder, manifest = make_dated_backup(parent)
            else:
                manifest = make(folder)
        except InvalidBackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The backup is not finished, and is none: {error}") from error
        for name in manifest["missing"]:
            self.stderr.write(f"Not there: {name}")
        self.stdout.write(f"{len(manifest['files'])} files and the database, of {place()}")
        if lost := still_named(manifest["missing"]):
            raise CommandError(
                f"{len(lost)} files that rows name are not there. Is {place()} what you mean? "
                f"All else is in {folder}."
            )
        for old in remove_old(parent, options["keep"]) if options["keep"] else ():
            self.stdout.write(f"Removed {old}")


def days(text: str) -> int:
    """A number of days, 1 or more."""
    if not (text.isdecimal() and int(text)):
        raise ArgumentTypeError("a number of days, 1 or more")
    return int(text)
