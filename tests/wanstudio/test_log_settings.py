"""Which lines the log holds."""

import pytest

from tests.wanstudio.processes import run

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


HOSTILE = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
import logging
try: raise ValueError("too many fields")
except ValueError: logging.getLogger("django.security.Any").error("wrong", exc_info=True)
"""


def test_what_strangers_send_wrongly_is_a_line_and_no_traceback():
    said = run(HOSTILE, DJANGO_SETTINGS_MODULE="tests.settings", ALLOWED_HOSTS="studio.example")
    assert "ERROR django.security.DisallowedHost: Invalid HTTP_HOST header" in said.stderr
    assert "ERROR django.security.Any: wrong" in said.stderr
    assert "Traceback" not in said.stderr
