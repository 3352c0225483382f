"""Shows pip's progress in one line, and a message if pip fails."""

import re
from collections.abc import Iterable
from typing import TextIO

COLLECTING = re.compile(r"Collecting ([^\s;(]+)")
UNPACKING = "Installing collected packages: "
RETRYING = "WARNING: Retrying"

# Messages of pip and what they mean. The first one that matches is used.
REASONS = {
    "Missing dependencies for SOCKS support": (
        "pip cannot use the SOCKS proxy that ALL_PROXY or HTTPS_PROXY names: "
        "set HTTPS_PROXY to an http:// address, and start again."
    ),
    "No space left on device": "The disk is full: make room, and start again.",
    "ProxyError|Cannot connect to proxy": (
        "The proxy that HTTPS_PROXY, PIP_PROXY or pip's configuration names does not answer: "
        "correct it, and start again."
    ),
    RETRYING + "|Connection|Timeout|Max retries exceeded|Network is unreachable": (
        "No package index can be reached, and not everything that is needed is here: connect to "
        "the network, or set HTTPS_PROXY to your proxy, and start again."
    ),
}


class Progress:
    """Shows on `screen` what pip is doing. Only a terminal gets a line for each package."""

    def __init__(self, screen: TextIO) -> None:
        self.screen = screen
        self.live = screen.isatty()
        self.retrying = False

    def follow(self, lines: Iterable[str]) -> str:
        """Show `lines` as they come; returns all of them."""
        output = []
        for line in lines:
            output.append(line)
            self.show(line)
        self.rewrite("")
        return "".join(output)

    def show(self, line: str) -> None:
        if found := COLLECTING.match(line):
            self.rewrite(f"  {found[1]}")
        elif line.startswith(UNPACKING):
            self.rewrite("")
            self.screen.write(f"  Unpacking {line.count(',') + 1} packages\n")
        elif RETRYING in line and not self.retrying:
            self.retrying = True
            self.rewrite("")
            self.screen.write("  The package index does not answer yet, trying again\n")
        self.screen.flush()

    def rewrite(self, text: str) -> None:
        if self.live:
            self.screen.write(f"\r\x1b[K{text}")


def reason_of_failure(output: str) -> str:
    """A message for a known failure; otherwise pip's own errors and a message."""
    for pattern, sentence in REASONS.items():
        if re.search(pattern, output):
            return sentence
    complaints = [line for line in output.splitlines() if re.match(r"\s*(ERROR|WARNING)", line)]
    shown = "\n".join((complaints or output.splitlines())[-10:])
    return f"{shown}\nThe requirements could not be installed: see above."
