"""`manage.py restore <folder>`: what `backup` wrote, checked, in place of what is here."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ...operations.backup import pause_restored, place, restore, version_note
from ...operations.manifest import InvalidBackupError, read
from ...operations.workers import WorkerRunningError, wait_for_workers

WAITING = """\
{count} generations wait. They may have been sent, and paid for, since the backup was made: their
lines are paused, and what people ask for now waits there too. Look at each service's own list,
attach the id of what you find there or cancel it here, then resume the line: Administration,
Attention."""

NOT_MIGRATED = """\
The database is in place, but it could not be migrated: {error}
Mend that, then run manage.py migrate, before web and worker are started."""

HANGS = "If one hangs, end all its processes (kill -KILL) and pass --worker-ended."


class Command(BaseCommand):
    help = "Checks a backup and puts it in place. Stop web and worker first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="even if the database holds people already"
        )
        parser.add_argument(
            "--worker-ended",
            action="store_true",
            help="the worker has ended (kill -KILL ends one that hangs): do not wait for it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not options["worker_ended"]:
                wait_for_workers(self.say)
            manifest = read(options["folder"])
            if note := version_note(manifest):
                self.say(note)
            restore(options["folder"], manifest, replace=options["replace"])
        except WorkerRunningError as error:
            raise CommandError(f"{error} {HANGS}") from error
        except InvalidBackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Files cannot be put in place: {error}") from error
        # Before the migration, because that can fail. Sessions may have ended since the backup was
        # made.
        Session.objects.all().delete()
        count = pause_restored(manifest["made"])
        self.say(f"{len(manifest['files'])} files and the database are in {place()}")
        if count:
            self.say(WAITING.format(count=count))
        self.migrate()

    def migrate(self) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except Exception as error:  # migrations raise what they like
            raise CommandError(NOT_MIGRATED.format(error=error)) from error

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
