"""Opens a file from outside in a child process with limits of memory and time.

No container or image, however malicious, can cost more. A decoder that was taken over finds no key:
the child has neither our environment nor our connections.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from generations import decoders
from generations.decoders.bounds import MEMORY

CHILD = Path(decoders.__file__).with_name("child.py")
# The environment variables of a child: those that Python may need to start.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG")
PATIENCE = 2  # seconds of time per second of processor time: other processes may run too

# The number of children per process. Together they can use this many times the limit.
slots = BoundedSemaphore(2)


class RefusedError(Exception):
    """The file was opened and is refused: `args` are those of `InvalidFileError`."""


class CostlyError(Exception):
    """The child exceeded a limit. `str()` says which."""


def run(job: str, content: bytes = b"", *, seconds: int, **arguments: Any) -> tuple[Any, bytes]:
    """What the function named `job` of `decoders` says of a file, and the bytes that it made.

    Raises RefusedError, and CostlyError where `seconds` of a processor or the memory is too little.
    """
    request = json.dumps({"seconds": seconds, "arguments": arguments}).encode() + b"\n"
    with slots:
        try:
            done = subprocess.run(  # noqa: S603 (ourselves, by our full path)
                [sys.executable, "-I", str(CHILD), job],
                input=request + content,
                capture_output=True,
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
                timeout=seconds * PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise CostlyError(f"opening it took more than {seconds * PATIENCE} s") from error
    if done.returncode:
        raise CostlyError(cause(done.returncode, done.stderr.decode(errors="replace"), seconds))
    head, _, made = done.stdout.partition(b"\n")
    answer = json.loads(head)
    if "refused" in answer:
        raise RefusedError(*answer["refused"])
    return answer["facts"], made


def cause(code: int, errors: str, seconds: int) -> str:
    """Why the child ended with this exit code or signal."""
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        return f"opening it took more than {seconds} s of a processor"
    last = errors.strip().splitlines()[-1:] or [f"exit code {code}"]
    if "MemoryError" in last[0]:
        return f"opening it took more than {MEMORY // 1_000_000} MB"
    return f"opening it failed: {last[0][:200]}"
