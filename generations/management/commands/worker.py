"""`manage.py worker`: the task cluster, restarted when it dies or hangs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...worker import cluster, supervisor


class Command(BaseCommand):
    help = "Runs the task cluster and restarts it when it dies or hangs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cluster", action="store_true", help="only the cluster, and nothing restarts it"
        )
        parser.add_argument(
            "--silence",
            type=float,
            default=supervisor.HEARTBEAT_TIMEOUT,
            help="seconds without a heartbeat until the cluster is restarted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cluster"]:
            cluster.run()
        else:
            supervisor.Supervisor(timeout=options["silence"]).run()
