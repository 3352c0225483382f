"""What a person sees of pip."""

from __future__ import annotations

import io

import pytest

from wanstudio.pip_output import Progress, reason_of_failure

LINES = [
    "Collecting django==5.2.19 (from -r requirements.txt (line 2))\n",
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\n",
    "WARNING: Retrying (Retry(total=3)) after connection broken by 'NewConnectionError'\n",
    "Collecting asgiref>=3.8.1 (from django==5.2.19)\n",
    "Installing collected packages: asgiref, django\n",
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_a_line_for_each_thing_worth_one() -> None:
    screen = io.StringIO()
    assert Progress(screen).follow(LINES) == "".join(LINES)
    assert screen.getvalue().splitlines() == [
        "  The package index does not answer yet, trying again",
        "  Unpacking 2 packages",
    ]


def test_a_terminal_shows_which_package_it_is_at() -> None:
    screen = Terminal()
    Progress(screen).follow(LINES)
    assert "\r\x1b[K  django==5.2.19" in screen.getvalue()
    assert screen.getvalue().endswith("  Unpacking 2 packages\n\r\x1b[K")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (LINES[1], "No package index can be reached"),
        ("WARNING: Retrying after connection broken by 'ProxyError('Cannot')'", "The proxy"),
        ("ERROR: Missing dependencies for SOCKS support.", "pip cannot use the SOCKS proxy"),
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
    ],
)
def test_what_is_known_is_one_sentence(output: str, told: str) -> None:
    assert reason_of_failure(output).startswith(told)
    assert "\n" not in reason_of_failure(output)


def test_of_anything_else_pips_own_complaints_are_shown() -> None:
    output = "Collecting x\nERROR: x-1.tar.gz does not match its hash\n"
    assert reason_of_failure(output) == (
        "ERROR: x-1.tar.gz does not match its hash\n"
        "The requirements could not be installed: see above."
    )
