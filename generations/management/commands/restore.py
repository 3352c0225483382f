"""`manage.py restore <folder>`: what `backup` wrote, checked, in place of what is here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ...operations.backup import InvalidBackupError, hold_what_waits, place, restore

WAITING = """\
{count} generations wait. They may have been sent, and paid for, since the backup was made: their
lines are paused, and what people ask for now waits there too. Look at each service's own list,
attach the id of what you find there or cancel it here, then resume the line: Administration,
Attention."""


class Command(BaseCommand):
    help = "Checks a backup and puts it in place. Stop web and worker first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="even if the database holds people already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["folder"], replace=options["replace"])
        except InvalidBackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"{len(manifest['files'])} files and the database are in {place()}")
        if count := hold_what_waits(manifest["made"]):
            self.stdout.write(WAITING.format(count=count))
