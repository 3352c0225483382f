"""`manage.py studio`: bring the database up to date, then run what the Procfile lists."""

import contextlib
import errno
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import honcho.manager
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

# Longer than a POST to a service can take: a worker must never be killed during one.
honcho.manager.KILL_WAIT = 40

STARTED = ("web", "worker")
OF_THE_PORT = (errno.EADDRINUSE, errno.EACCES)  # another port helps


class Command(BaseCommand):
    help = "Starts the web pages and the worker, and stops both cleanly on Ctrl-C."
    requires_system_checks: list[str] = []  # the port is checked first

    def handle(self, *args: Any, **options: Any) -> None:
        require_free_port(settings.WANSTUDIO_HOST, settings.WANSTUDIO_PORT)
        self.check()
        self.say("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        self.say("Starting web and worker; Ctrl-C stops them")
        manager = Manager(Lines(sys.stdout, time_format=""))  # each line has its own time
        lines = parse_procfile((settings.BASE_DIR / "Procfile").read_text()).processes
        for name in STARTED:
            # Each process has its own session, so that Ctrl-C reaches only this one.
            manager.add_process(name, lines[name], env=environment_of_lines())
        end_with_the_terminal()
        manager.loop()
        stopped_by_a_person = manager.returncode in (130, 143)
        sys.exit(0 if stopped_by_a_person else manager.returncode)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def environment_of_lines() -> dict[str, str]:
    """What a line of the Procfile sees: `python` and `gunicorn` are those beside this Python."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": programs, "PYTHONUNBUFFERED": "1"}


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
        if isinstance(error, OverflowError) or error.errno in OF_THE_PORT:
            raise CommandError(
                f"Cannot listen on {host}, port {port}: {reason}. Another one: PORT=8001 make run"
            ) from None
        raise CommandError(
            f"Cannot listen on HOST={host}: {reason}. conda and tcsh set HOST for their own use. "
            "Without it: unset HOST (in tcsh: unsetenv HOST), or HOST=127.0.0.1 make run"
        ) from None
