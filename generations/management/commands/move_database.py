"""`manage.py move_database sqlite:///old.sqlite3`: all rows into the database of `DATABASE_URL`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from wanstudio.env import env_secret
from wanstudio.instance import instance_name
from wanstudio.service_urls import database_settings

from ...operations.database_copy import (
    RowCountMismatchError,
    copy,
    holds_people,
    models_to_move,
    summary,
)

SOURCE = "source"


class Command(BaseCommand):
    help = (
        "Copies all rows from another database into the one of DATABASE_URL, which was migrated "
        "and is empty, and compares them. All or nothing. Stop web and worker first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            nargs="?",
            help="as DATABASE_URL is written: sqlite:////srv/old.sqlite3. One with a password "
            "stands in SOURCE_DATABASE_URL, or in the file that SOURCE_DATABASE_URL_FILE names.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["source"] or env_secret("SOURCE_DATABASE_URL")
        if not address:
            raise CommandError("Say where the rows come from: SOURCE_DATABASE_URL is not set.")
        source = database_settings(address, Path.cwd(), "The address")
        secrets = {"password", "sslpassword"} & {*source.get("OPTIONS", {})}
        if options["source"] and (source.get("PASSWORD") or secrets):
            raise CommandError(
                "Every account of this machine can read the arguments of a command, and the "
                "password is one now. Put the address into SOURCE_DATABASE_URL instead."
            )
        connections.settings[SOURCE] = connections.settings["default"] | {"OPTIONS": {}, **source}
        if holds_people():
            raise CommandError("The new database holds people already: it must be empty.")
        try:
            with transaction.atomic():
                for model in models_to_move():
                    copy(model, SOURCE, "default")
                    self.stdout.write(f"{summary(model, 'default')[0]:>9} {model._meta.label}")
        except RowCountMismatchError as error:
            raise CommandError(f"{error}. Nothing was moved.") from error
        finally:
            connections[SOURCE].close()
        self.stdout.write("All of it was compared: the same on both sides.")
        before = instance_name(connections.settings[SOURCE])
        if before != settings.WANSTUDIO_INSTANCE:
            self.stdout.write(f"So that people stay signed in: WANSTUDIO_INSTANCE={before}")
