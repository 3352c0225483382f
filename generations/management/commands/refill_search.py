"""`manage.py refill_search`: what is searched, written anew; and its index."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...models import Generation, search_index
from ...models.search import refill


class Command(BaseCommand):
    help = (
        "Fills the searched text of generations that an older release wrote, and makes the index "
        "of the search if it is missing. Housekeeping fills them too, a part every 15 seconds. "
        "Stopped, it can be started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--index", action="store_true", help="make the index anew, too")

    def handle(self, *args: Any, **options: Any) -> None:
        filled = 0
        while count := refill(Generation.objects.all()):
            filled += count
        self.stdout.write(f"{filled} generations were filled.")
        if options["index"] or not search_index.exists():
            made = search_index.create()
            self.stdout.write("The index was made." if made else "This database has no index.")
