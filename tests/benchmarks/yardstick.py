"""How fast this machine is today: the same benchmark differs by three times between "2 cores"."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

LOOP = """
from time import perf_counter
from statistics import median
def once():
    began = perf_counter()
    sum(number * number for number in range(3_000_000))
    return perf_counter() - began
print(median(once() for _ in range(9)))
"""


def seconds(at_once: int) -> float:
    """What a fixed loop of Python takes in each of so many processes at the same time."""
    command = [sys.executable, "-c", LOOP]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(at_once)]
    return median(float(process.communicate()[0]) for process in running)


def speed() -> str:
    """A sentence to compare machines by."""
    alone, both = seconds(1), seconds(2)
    return (
        f"Adding three million squares in Python takes {alone * 1000:.0f} ms,"
        f" and {both * 1000:.0f} ms in each of two processes at once:"
        f" together the cores do the work of {2 * alone / both:.1f}."
    )
