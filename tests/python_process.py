"""Python processes that start without the half second that imports of Django take.

They are forks of a Python that has imported the libraries (tests/fork_server.py); of the product,
only the decoders, for children that open files. Where a fork could differ, it is a start: on other
systems than Linux, for other programs than those named here, and with variables that Python reads
when it starts. tests/test_entry_points.py, the tests of crashes and tests/first_start.py begin
with starts.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# By the option of Python, what is imported before a fork. None of it reads Django's settings.
LIBRARIES = {
    "": (
        "django.contrib.admin.views.main", "django.contrib.staticfiles.storage",
        "django.core.handlers.wsgi", "django.core.management", "django.db.backends.sqlite3.base",
        "django.db.migrations.executor", "django.template.defaulttags", "django.views.generic",
        "fido2.webauthn", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "logging.config",
        "prometheus_client", "psycopg", "requests", "whitenoise.base",
    ),
    "-I": (
        "av.subtitles.stream", "generations.decoders.animation", "generations.decoders.frames",
        "generations.decoders.images", "generations.decoders.join", "json", "PIL.BmpImagePlugin",
        "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.PpmImagePlugin",
    ),
}  # fmt: skip
FORKED = ("-c", "-m", "manage.py", "-I")  # other programs may look at how they were started
AS_HERE = ("LANG", "LC_ALL", "LC_CTYPE")  # variables that a fork cannot change


class ForkServer:
    """Forks processes of Python with this option, as long as this process lives."""

    def __init__(self, option: str) -> None:
        self.starts, theirs = socket.socketpair()
        self.lock = Lock()
        line = [sys.executable, *filter(None, [option]), f"{ROOT}/tests/fork_server.py"]
        with theirs:
            self.process = subprocess.Popen(
                [*line, str(theirs.fileno()), *LIBRARIES[option]], pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in os.environ if name[:6] != "PYTHON"},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    def start(self, request: dict[str, Any], standard: Sequence[int]) -> tuple[socket.socket, int]:
        """The channel of a new process, which has these files, and its id."""
        channel, theirs = socket.socketpair()
        with theirs, self.lock:
            socket.send_fds(self.starts, [b"+"], [theirs.fileno(), *standard])
        channel.sendall(json.dumps(request).encode() + b"\n")
        return channel, int(line_of(channel))


fork_server = cache(ForkServer)


def line_of(channel: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = channel.recv(1)
        if not part:
            raise ConnectionError("the fork server has ended")
        line += part
    return line


def option_to_fork(arguments: Sequence[Any], environment: dict[str, str]) -> str | None:
    """That of the server for it; None if only a start will do."""
    option = "-I" if arguments[0] == "-I" else ""
    read = {name: value for name, value in environment.items() if name.startswith("PYTHON")}
    is_as_here = all(environment.get(name) == os.environ.get(name) for name in AS_HERE)
    is_known = option == "-I" or is_as_here and read in ({}, {"PYTHONPATH": str(ROOT)})
    can_fork = sys.platform == "linux" and arguments[0] in FORKED
    return option if can_fork and is_known else None


class PythonProcess(subprocess.Popen[Any]):
    """`python ARGUMENTS`: a `Popen` that takes text, files, `cwd`, `env`, a session and a umask.

    Three methods of CPython's class are replaced that it does not document, the same in 3.11 to
    3.13 (subprocess.py): how a process comes to be, and how its end is heard.
    """

    channel: socket.socket | None = None

    def __init__(self, arguments: Sequence[Any], *, env: dict[str, str], **how: Any) -> None:
        super().__init__([sys.executable, *map(str, arguments)], env=env, **how)

    def _execute_child(self, args: list[str], *others: Any) -> None:
        _, _, _, _, cwd, env, _, _, _, *pipes = others[:15]
        option = option_to_fork(args[1:], env)
        if option is None:
            super()._execute_child(args, *others)
            return
        request = {
            "arguments": args[2:] if option else args[1:], "environment": env,
            "folder": os.fspath(cwd or Path.cwd()), "umask": others[-3], "session": others[-2],
        }  # fmt: skip
        standard = (pipes[0], pipes[3], pipes[5])  # those ends that are not ours, or -1
        files = [number if file == -1 else file for number, file in enumerate(standard)]
        try:
            self.channel, self.pid = fork_server(option).start(request, files)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if not self.channel:
            return super()._try_wait(wait_flags)
        if self.channel.fileno() == -1:  # nobody held this object any more
            return self.pid, 0
        try:
            self.channel.recv(1, socket.MSG_DONTWAIT if wait_flags else 0)
        except BlockingIOError:
            return 0, 0
        with self.channel:
            self.channel.sendall(b"?")
            return self.pid, int(line_of(self.channel))

    def _internal_poll(self, *args: Any, **kwargs: Any) -> int | None:
        if not self.channel:
            return super()._internal_poll(*args, **kwargs)
        if self.returncode is None and self._waitpid_lock.acquire(blocking=False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


def run_python(
    arguments: Sequence[Any], *, input: Any = None, capture_output: bool = False,
    timeout: float | None = None, check: bool = False, **how: Any,
) -> subprocess.CompletedProcess[Any]:  # fmt: skip
    """As `subprocess.run`."""
    if input is not None:
        how["stdin"] = subprocess.PIPE
    if capture_output:
        how |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with PythonProcess(arguments, **how) as process:
        try:
            output, errors = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
    if check:
        done.check_returncode()
    return done


class Forks:
    """What a module finds as `subprocess` if its children shall be forks, too."""

    TimeoutExpired = subprocess.TimeoutExpired

    @staticmethod
    def run(command: Sequence[Any], **how: Any) -> subprocess.CompletedProcess[Any]:
        return run_python(command[1:], **how)
