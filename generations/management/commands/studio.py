"""`manage.py studio`: bring the database up to date, then run what the Procfile lists."""

import contextlib
import os
import signal
import socket
import sys
from typing import Any

import honcho.manager
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

# Longer than a POST to a service may take: a worker must never be killed during one.
honcho.manager.KILL_WAIT = 40

STARTED = ("web", "worker")


class Command(BaseCommand):
    help = "Starts the web pages and the worker, and stops both cleanly on Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        require_free_port(settings.WANSTUDIO_HOST, settings.WANSTUDIO_PORT)
        call_command("migrate", interactive=False, verbosity=0)
        manager = Manager(Lines(sys.stdout, time_format=""))  # each line brings its own time
        lines = parse_procfile((settings.BASE_DIR / "Procfile").read_text()).processes
        for name in STARTED:
            # Each line gets a session of its own: Ctrl-C reaches this process alone.
            manager.add_process(name, lines[name], env={**os.environ, "PYTHONUNBUFFERED": "1"})
        end_with_the_terminal()
        manager.loop()
        stopped_by_a_person = manager.returncode in (130, 143)
        sys.exit(0 if stopped_by_a_person else manager.returncode)


class Lines(Printer):
    def write(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more; what runs must still be ended
            super().write(message)


def end_with_the_terminal() -> None:
    """A window that is closed ends everything as Ctrl-C does, unless `nohup` asked otherwise."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def require_free_port(host: str, port: int) -> None:
    """Raise CommandError, with what to do, if nothing can listen there."""
    try:
        family, kind, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((found[0], port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(
            f"Cannot listen on {host}, port {port}: {reason}. Another one: PORT=8001 make run"
        ) from None
