"""One event is one line, whatever it says."""

import json
import logging
import re
import sys

import pytest
from django.urls import get_resolver

from tests.test_matrix import addresses
from wanstudio.logs import JSONFormatter, TextFormatter, masked


def record(message, **extra):
    made = logging.LogRecord("generations", logging.INFO, __file__, 1, message, (), None)
    made.__dict__.update(extra)
    return made


# Breaks of lines, commands to a terminal, text that runs backwards, what cannot be encoded.
HARMFUL = "a\nb\rc\vd\x1b[2J\x07\x7f\x85\x9b\u2028\u2029\u202e\udc80\0\U000e0001"


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_nobody_writes_a_log_line_of_their_own(formatter):
    line = formatter.format(record(f"asked {HARMFUL} 视频", note=HARMFUL))
    assert line.isprintable() and line.encode()
    assert "视频" in line


SECRET = "0123abc-cb5x-9f00"


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
@pytest.mark.parametrize(
    "said",
    [
        f"GET /accounts/reset/{SECRET}/ 200",
        f"Internal Server Error: /accounts/email/confirm/{SECRET}/",
        f"Forbidden (Referer checking failed - https://x/gallery/?q={SECRET}&a=1 does not match",
        f"Error handling request /?prompt={SECRET}",
        f"Invalid request from ip=::1: Invalid HTTP request line: 'GET /?q={SECRET} HTTP/9'",
        f"https://host/a?Signature={SECRET}",
    ],
)
def test_no_key_of_a_mail_and_nothing_that_was_searched_for_is_written(formatter, said):
    line = formatter.format(record(said, by=said))
    assert SECRET not in line and "…" in line
    try:
        raise ValueError(said)
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    assert SECRET not in formatter.format(failed)


def test_what_is_no_secret_is_told():
    line = TextFormatter().format(record("GET /accounts/reset/done/ 200, why? a=b"))
    assert line.endswith("GET /accounts/reset/done/ 200, why? a=b")


def test_every_address_with_a_key_is_known():
    """A new page whose address is a secret must be masked, too."""
    secret = [path for path, _ in addresses(get_resolver()) if re.search("(key|token|code)>", path)]
    assert len(secret) >= 2
    for pattern in secret:
        path = re.sub(r"\(\?P<\w+>[^)]*\)|<[\w:]+>", SECRET, pattern)
        assert SECRET not in masked("/" + path.replace("^", "")), pattern


def test_what_an_error_says_stays_below_its_line():
    try:
        raise ValueError("12:00:00 wrong\n12:00:00 ERROR forged \x1b[2J")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    first, *others = TextFormatter().format(failed).splitlines()
    assert first.endswith("failed")
    assert all(line.startswith("    ") and line.isprintable() for line in others)


def test_json_lines_hold_what_was_added():
    event = json.loads(JSONFormatter().format(record(HARMFUL)))
    assert event["message"] == HARMFUL
    event = json.loads(JSONFormatter().format(record("accepted\n", id="视频", nothing=None)))
    assert event["message"] == "accepted\n"
    assert event["id"] == "视频"
    assert event["level"] == "info"
    assert "nothing" not in event
