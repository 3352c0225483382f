"""The child process: `python -I child.py JOB`, with a request on its input.

A request is a line of JSON, the arguments of the job, and the bytes of a file behind it. So is the
answer. A file that is refused is an answer, too; any other failure is the exit code.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def limit(memory: int, seconds: int) -> None:
    """From here on, this process has no more than that: bytes, and seconds of a processor.

    macOS knows no limit of memory for a process: there, only the time is limited.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


# The jobs of other modules than `images`.
MODULES = {
    "probe": "video", "probe_with_poster": "video", "faststart": "video", "poster": "video",
    "frame": "frames", "join": "join", "animation": "animation",
}  # fmt: skip


def answer(job: str, arguments: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    from generations.decoders import InvalidFileError

    name = MODULES.get(job, "images")
    function = getattr(import_module(f"generations.decoders.{name}"), job)
    try:
        if name == "images":
            facts, made = function(content, **arguments)
            return {"facts": facts}, made
        found = function(**arguments)
        return ({"facts": None}, found) if job == "frame" else ({"facts": found}, b"")
    except InvalidFileError as error:
        return {"refused": error.args}, b""


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from generations.decoders.bounds import MEMORY

    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    request = json.loads(head)
    limit(MEMORY, request["seconds"])
    facts, made = answer(sys.argv[1], request["arguments"], content)
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + made)
    sys.stdout.flush()
    os._exit(0)  # all is written; to take the libraries apart is a tenth of the work


if __name__ == "__main__":
    main()
