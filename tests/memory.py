"""The most memory that a process held so far."""

import re
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
linux_alone = pytest.mark.skipif(
    not STATUS.exists(), reason="only Linux tells the memory of one process (/proc/self/status)"
)


def peak() -> float:
    """MB that this process held at most since it began; 0 where the system does not tell.

    Not `ru_maxrss`: on Linux a child begins with what its parent once held.
    """
    if not STATUS.exists():
        return 0
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    return int(kilobytes) / 1024
