"""Keeps the cluster running: starts it, and starts it again when it died or hangs."""

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

from gunicorn.systemd import sd_notify

from . import heartbeat

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = 60.0  # seconds without a heartbeat until the cluster is restarted
STOP_TIMEOUT = 35.0  # seconds: a running POST is finished, which takes 30 at most
CHECK_EVERY = 0.25  # seconds
RESTART_PAUSE = 2.0  # seconds

# The environment variable that tells the cluster the process ID of its parent.
PID_VARIABLE = "WANSTUDIO_SUPERVISOR_PID"
PIPE_VARIABLE = "WANSTUDIO_SUPERVISOR_PIPE"


class Supervisor:
    """Starts the cluster in a process group of its own, and again whenever it has ended."""

    def __init__(self, *, timeout: float) -> None:
        self.timeout = timeout
        self.stopping = False
        self.folder = tempfile.TemporaryDirectory(prefix="wanstudio-")
        self.heartbeat_file = Path(self.folder.name) / "heartbeat"
        self.last_mtime, self.changed_at = 0, time.monotonic()
        # The cluster holds the reading end: it notices the end of this process, whatever the
        # reason.
        self.pipe, self._writing_end = os.pipe()

    def run(self) -> None:
        """Keep a cluster running in a child process until this one is told to stop."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        sd_notify("READY=1", log)  # without systemd, it does nothing
        try:
            while not self.stopping:
                self._supervise(self._start())
                if not self.stopping:
                    time.sleep(RESTART_PAUSE)
        finally:
            self.folder.cleanup()

    def _stop(self, *_: Any) -> None:
        """Tell the long tasks first: they check the file, no signal reaches them."""
        self.stopping = True
        heartbeat.stop_file(self.heartbeat_file).touch()

    def _seconds_since_heartbeat(self) -> float:
        """Since the file was last seen to change; by no clock that somebody may set.

        systemd hears of each change: its watchdog restarts a unit in which this process hangs.
        """
        mtime = self.heartbeat_file.stat().st_mtime_ns
        if mtime != self.last_mtime:
            self.last_mtime, self.changed_at = mtime, time.monotonic()
            sd_notify("WATCHDOG=1", log)
        return time.monotonic() - self.changed_at

    def _start(self) -> subprocess.Popen[bytes]:
        self.heartbeat_file.touch()
        self.changed_at = time.monotonic()
        environment = {
            **os.environ,
            heartbeat.VARIABLE: str(self.heartbeat_file),
            PID_VARIABLE: str(os.getpid()),
            PIPE_VARIABLE: str(self.pipe),
            # Settings stay those of the start: the file may be half edited now.
            "WANSTUDIO_ENV_FILE": "none",
            "WANSTUDIO_POOL": "0",  # the cluster forks, and threads of a pool do not survive that
        }
        command = [sys.executable, sys.argv[0], "worker", "--cluster", "--skip-checks"]
        return subprocess.Popen(  # noqa: S603 (our own command)
            command, env=environment, pass_fds=[self.pipe], process_group=0
        )

    def _supervise(self, cluster: subprocess.Popen[bytes]) -> None:
        """Return when the whole cluster has ended: stopped, died, or killed because it hangs."""
        try:
            while cluster.poll() is None and not self.stopping:
                if self._seconds_since_heartbeat() > self.timeout:
                    log.error("no heartbeat for %.0f s: the cluster is restarted", self.timeout)
                    return
                time.sleep(CHECK_EVERY)
            if self.stopping:
                self._terminate(cluster)
            else:
                log.error("the cluster ended with %s and is restarted", cluster.returncode)
        finally:
            kill_group(cluster)

    def _terminate(self, cluster: subprocess.Popen[bytes]) -> None:
        """Ask the cluster's main process alone to stop: a signal to all of them hangs it."""
        if cluster.poll() is None:
            cluster.send_signal(signal.SIGTERM)
        try:
            cluster.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            log.error("the cluster did not stop within %.0f s and is killed", STOP_TIMEOUT)


def kill_group(cluster: subprocess.Popen[bytes]) -> None:
    """End every process of the cluster, also those whose parent has ended already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(cluster.pid, signal.SIGKILL)
    cluster.wait()
