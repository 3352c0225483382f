"""Log lines, one per event: as text for people, or as JSON for a collector."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Health checks, which are requested every few seconds.
MONITORING = ("/livez", "/readyz", "/healthz", "/metrics")

# Parts of a log line that nobody should read: the key in an address of a mail, and the query
# string, which contains what people typed. Django and gunicorn log whole URLs and referrers.
KEY_IN_PATH = re.compile(r"(/accounts/(?:reset|email/confirm)/)(?!done/)[^\s/?\"']+")
QUERY = re.compile(r"\?[^\s\"'<>=]*=[^\s\"'<>]*")

# The attributes of every record. Others were added with `extra`.
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time"}


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """The caller's `extra` values, and the request in which it happened."""
    added = {name: value for name, value in vars(record).items() if name not in STANDARD}
    if current := request_id.get():
        added["request_id"] = current
    return {name: value for name, value in added.items() if value is not None}


def is_no_health_check(record: logging.LogRecord) -> bool:
    """False for what Django says of a health check that failed: its probes say it once."""
    return getattr(getattr(record, "request", None), "path", "") not in MONITORING


def without_traceback(record: logging.LogRecord) -> bool:
    """Drop the traceback of errors that clients cause, such as a wrong host."""
    if record.name.startswith("django.security."):
        record.exc_info = None
    return True


class TextFormatter(logging.Formatter):
    """`12:00:00 INFO generations: accepted ... id=...`, and indented below it a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        words = [clock, record.levelname, f"{record.name}:", one_line(record.getMessage())]
        words += [f"{name}={one_line(str(value))}" for name, value in facts(record).items()]
        below = self.formatException(record.exc_info) if record.exc_info else ""
        return "\n    ".join([" ".join(words), *map(one_line, below.splitlines())])


class JSONFormatter(logging.Formatter):
    """One JSON object per line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **facts(record),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return one_line(json.dumps(event, ensure_ascii=False, default=str))


def one_line(text: str) -> str:
    """What is not printable as JSON spells it: `\\n`, `\\u001b`; and without secrets.

    So nobody writes a line of their own into the log, or commands a terminal that shows it.
    """
    return masked("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text))


def masked(text: str) -> str:
    """Without query strings, and without the keys of mailed links."""
    return QUERY.sub("?…", KEY_IN_PATH.sub(r"\1…", text))
