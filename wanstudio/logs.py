"""Log lines, one per event: for people to read, or as JSON for a collector."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What every record has; anything else came in by `extra`.
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time"}


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller added by `extra`, and the request it happened in."""
    added = {name: value for name, value in vars(record).items() if name not in STANDARD}
    if current := request_id.get():
        added["request_id"] = current
    return {name: value for name, value in added.items() if value is not None}


class TextFormatter(logging.Formatter):
    """`12:00:00 INFO generations: accepted ... id=...`; line breaks are shown, not obeyed."""

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        words = [clock, record.levelname, f"{record.name}:", one_line(record.getMessage())]
        words += [f"{name}={one_line(str(value))}" for name, value in facts(record).items()]
        if record.exc_info:
            words.append("\n" + self.formatException(record.exc_info))
        return " ".join(words)


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
        return json.dumps(event, ensure_ascii=False, default=str)


def one_line(text: str) -> str:
    """So that nobody can write a line of their own into the log."""
    return text.replace("\r", "\\r").replace("\n", "\\n")
