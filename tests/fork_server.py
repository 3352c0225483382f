"""A Python that has imported its libraries, and forks itself into what a test starts.

`python [-I] tests/fork_server.py NUMBER MODULE ...` hears from tests/python_process.py on the
socket with this number. Each start comes with the file descriptors of a channel of its own, and of
input, output and errors. The channel carries a line of JSON here and the id of the process back;
a line once it has ended, and its status when that is asked for.

Only the standard library is needed before the modules that are named.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
AT_START = signal.getsignal(signal.SIGINT)  # what Ctrl-C does: nothing to what runs behind a shell


def serve(starts: socket.socket) -> dict[str, Any]:
    """Returns in each process that was asked for, with what it shall be."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those that wait have ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    while True:
        word, descriptors, _, _ = socket.recv_fds(starts, 1, 4)
        if not word:
            os._exit(0)
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            starts.close()
            return start(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def start(descriptor: int, *standard: int) -> dict[str, Any]:
    """Returns in the process that was asked for; this one waits for it and says how it ended."""
    channel = socket.socket(fileno=descriptor)
    request: dict[str, Any] = json.loads(channel.makefile().readline())
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGINT, AT_START)
        channel.close()
        for number, file in enumerate(standard):
            os.dup2(file, number)
            os.close(file)
        return request
    for file in standard:
        os.close(file)
    with channel:
        channel.sendall(b"%d\n" % pid)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # its id stays taken, as with any parent
        try:
            channel.sendall(b"\n")
            if channel.recv(1):
                channel.sendall(b"%d\n" % os.waitpid(pid, 0)[1])
        except OSError:
            pass  # who asked has gone
    os._exit(0)


def become(
    arguments: list[str], folder: str, environment: dict[str, str], umask: int, session: bool
) -> None:
    """Be `python ARGUMENTS`, started in this folder and environment."""
    if session:
        os.setsid()
    if umask != -1:
        os.umask(umask)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if not sys.flags.isolated:
        sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    match arguments:
        case ["-c", code, *rest]:
            sys.argv = ["-c", *rest]
            sys.path.insert(0, "")
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
        case ["-m", module, *rest]:
            sys.argv = [module, *rest]
            sys.path.insert(0, folder)
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [script, *rest]:
            sys.argv = [script, *rest]
            if not sys.flags.isolated:
                sys.path.insert(0, str(Path(script).resolve().parent))
            runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    gc.disable()
    here = str(Path(__file__).parent)
    sys.path = [path for path in sys.path if path != here]  # the folder of this file
    sys.path.insert(0, str(ROOT))
    for name in sys.argv[2:]:
        import_module(name)
    sys.path.remove(str(ROOT))
    gc.freeze()
    gc.enable()
    become(**serve(socket.socket(fileno=int(sys.argv[1]))))
