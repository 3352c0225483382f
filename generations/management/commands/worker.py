"""The worker: django-q2's cluster, and somebody outside who watches over it."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from generations.worker import heartbeat

log = logging.getLogger(__name__)

SILENCE = 60.0  # seconds without a beat until the cluster is taken for dead
STOP_WITHIN = 35.0  # seconds: a POST in flight is finished, it takes 30 at most
LOOK_EVERY = 0.25
RESTART_PAUSE = 2.0


class Command(BaseCommand):
    help = "Run the task cluster and watch over it: restart it when it dies or falls silent."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--cluster", action="store_true", help="only the cluster, with nobody watching over it"
        )
        parser.add_argument(
            "--silence", type=float, default=SILENCE, help="seconds without a pulse until a restart"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cluster"]:
            from generations.worker import cluster

            cluster.run()
        else:
            Supervisor(silence=options["silence"]).keep_running()


class Supervisor:
    """Starts the cluster in a process group of its own, and again whenever it is dead."""

    def __init__(self, *, silence: float) -> None:
        self.silence = silence
        self.stopping = False
        self.folder = tempfile.TemporaryDirectory(prefix="wanstudio-")
        self.pulse = Path(self.folder.name) / "pulse"
        self.beat_seen, self.heard_at = 0, time.monotonic()
        self.lifeline, self._held_end = os.pipe()

    def keep_running(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        try:
            while not self.stopping:
                self._watch_one(self._start())
                if not self.stopping:
                    time.sleep(RESTART_PAUSE)
        finally:
            self.folder.cleanup()

    def _stop(self, *_: Any) -> None:
        """Tell the long tasks first: they look at the file, not at signals."""
        self.stopping = True
        heartbeat.stop_file(self.pulse).touch()

    def _silent_for(self) -> float:
        """Seconds since the pulse file was last seen to change; no clock of the day counts."""
        seen = self.pulse.stat().st_mtime_ns
        if seen != self.beat_seen:
            self.beat_seen, self.heard_at = seen, time.monotonic()
        return time.monotonic() - self.heard_at

    def _start(self) -> subprocess.Popen[bytes]:
        self.pulse.touch()
        self.heard_at = time.monotonic()
        environment = {
            **os.environ,
            heartbeat.VARIABLE: str(self.pulse),
            "WANSTUDIO_LIFELINE": str(self.lifeline),
            "WANSTUDIO_WATCHMAN": str(os.getpid()),
            "WANSTUDIO_POOL": "0",  # the cluster forks, and the threads of a pool do not come along
        }
        command = [sys.executable, sys.argv[0], "worker", "--cluster", "--skip-checks"]
        return subprocess.Popen(  # noqa: S603 (our own command)
            command, env=environment, pass_fds=[self.lifeline], process_group=0
        )

    def _watch_one(self, cluster: subprocess.Popen[bytes]) -> None:
        """Return when the cluster is gone, whole: stopped, died or killed for its silence."""
        try:
            while cluster.poll() is None and not self.stopping:
                if self._silent_for() > self.silence:
                    log.error("no pulse for %.0f s: the cluster is restarted", self.silence)
                    return
                time.sleep(LOOK_EVERY)
            if self.stopping:
                self._end(cluster)
            else:
                log.error("the cluster ended with %s and is restarted", cluster.returncode)
        finally:
            kill_group(cluster)

    def _end(self, cluster: subprocess.Popen[bytes]) -> None:
        """Ask the cluster's main process alone to stop: a signal to all of them hangs it."""
        if cluster.poll() is None:
            cluster.send_signal(signal.SIGTERM)
        try:
            cluster.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            log.error("the cluster did not stop within %.0f s and is killed", STOP_WITHIN)


def kill_group(cluster: subprocess.Popen[bytes]) -> None:
    """End every process of the cluster, also those whose parent is gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(cluster.pid, signal.SIGKILL)
    cluster.wait()
