"""Run the emulator as a process of its own: `python -m tests.emulator --port 8900`."""

from __future__ import annotations

import argparse
import os
import signal
import time
from dataclasses import fields
from typing import Any

from tests.emulator.server import Emulator
from tests.emulator.service import PROTOCOLS
from tests.emulator.state import Settings

NUMBERS = {"seconds", "waiting", "list_lag", "task_life", "url_life", "read_rate"}
COUNTS = {"limit", "create_rate", "query_rate", "zone_hours"}
STOP = {signal.SIGINT, signal.SIGTERM}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--protocol", default="all", help="all, or names with commas between")
    parser.add_argument("--key", action="append", help="a key that is let in; may be repeated")
    parser.add_argument("--moov-last", action="store_true", help="the index after the pictures")
    for name in sorted(NUMBERS | COUNTS):
        kind = float if name in NUMBERS else int
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind)
    parser.add_argument("--over-limit", choices=("queue", "refuse"))
    parser.add_argument("--video", help="a file to serve as every result")
    parser.add_argument("--journal", help="append everything recorded to this file")
    parser.add_argument("--with-parent", action="store_true", help="end when the starter has")
    return parser.parse_args()


def settings(given: argparse.Namespace) -> dict[str, Any]:
    named = {each.name for each in fields(Settings)}
    chosen = {k: v for k, v in vars(given).items() if k in named and v is not None}
    if given.key:
        chosen["keys"] = tuple(given.key)
    return {"faststart": not given.moov_last, **chosen}


def main() -> None:
    given, parent = arguments(), os.getppid()
    protocols = tuple(PROTOCOLS) if given.protocol == "all" else tuple(given.protocol.split(","))
    emulator = Emulator(port=given.port, protocols=protocols, **settings(given)).start()
    print(emulator.base_url, flush=True)
    # Not `sigtimedwait`: where a process stood still beyond the time, CPython makes a signal up.
    while not signal.sigpending() & STOP:
        if given.with_parent and os.getppid() != parent:
            break
        time.sleep(0.1)
    emulator.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    main()
