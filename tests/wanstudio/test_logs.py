"""One event is one line, whatever it says."""

import json
import logging
import sys

import pytest

from tests.wanstudio.test_settings import run
from wanstudio.logs import JSONFormatter, TextFormatter


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


LINES = """
import logging
from django.conf import settings
import django; django.setup()
for name in ("generations.tasks", "django.db", "botocore.hooks"):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger(name).log(level, "line")
"""


@pytest.mark.parametrize(
    ("level", "ours", "others"),
    [
        ("debug", ["DEBUG", "INFO", "WARNING", "ERROR"], ["INFO", "WARNING", "ERROR"]),
        ("", ["INFO", "WARNING", "ERROR"], ["INFO", "WARNING", "ERROR"]),
        ("warning", ["WARNING", "ERROR"], ["WARNING", "ERROR"]),
        ("error", ["ERROR"], ["ERROR"]),
    ],
)
def test_a_level_is_where_the_log_begins_and_debug_is_for_our_own_lines(level, ours, others):
    ran = run(LINES, DJANGO_SETTINGS_MODULE="tests.settings", WANSTUDIO_LOG_LEVEL=level)
    lines = [line.split()[1:3] for line in ran.stderr.splitlines()]
    assert [word for word, name in lines if name == "generations.tasks:"] == ours
    assert [word for word, name in lines if name == "django.db:"] == others
    assert [word for word, name in lines if name == "botocore.hooks:"] == [
        word for word in others if word != "INFO"
    ]
