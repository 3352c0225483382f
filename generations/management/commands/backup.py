"""`manage.py backup <folder>`: database and files as they are at one moment, with a manifest."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...operations.backup import make, place, still_named
from ...operations.manifest import InvalidBackupError


class Command(BaseCommand):
    help = "Writes a backup of database and files into an empty folder. The studio may go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = make(options["folder"])
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
                f"All else is in {options['folder']}."
            )
