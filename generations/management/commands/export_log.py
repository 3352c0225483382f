"""`manage.py export_log`: every decision and repair as CSV, for the auditor."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from ...models import Event
from ...models.daily_totals import start_of_day
from ...reports.csv_export import EVENT, in_batches, lines


class Command(BaseCommand):
    help = "Writes decisions and repairs of people as CSV to standard output, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=date.fromisoformat, help="first day, as 2026-01-31")
        parser.add_argument("--until", type=date.fromisoformat, help="last day, as 2026-12-31")
        parser.add_argument(
            "--all", action="store_true", help="also what the machine did and people asked for"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        events = Event.objects.all() if options["all"] else Event.objects.decisions()
        if options["since"]:
            events = events.filter(at__gte=start_of_day(options["since"]))
        if options["until"]:
            events = events.filter(at__lt=start_of_day(options["until"] + timedelta(days=1)))
        rows = in_batches(events.select_related("by").order_by("at", "id"))
        for line in lines(rows, EVENT):
            self.stdout.write(line, ending="")
