"""Responses of services: JSON from strangers, so no part of its form is certain."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from generations.providers.http.unpacking import unpacked

MAX_ANSWER = 1_000_000  # bytes
MAX_PAUSE = 600.0  # seconds

Json = dict[str, Any]
# The code and message of the service; ("", "") if there are none.
Said = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ParsedTask:
    """What an answer says about a task, still in the service's own words.

    `remote_ids` are all that may be the task's; a relay may tell that of the service behind it,
    too. `error` is the service's code and message. Empty values of `provider_data` are left out
    later.
    """

    remote_ids: tuple[str, ...] = ()
    word: str = ""
    video_url: str = ""
    error: Said = ("", "")
    progress: int | None = None
    provider_data: Json = field(default_factory=dict)


@dataclass(frozen=True)
class ProviderResponse:
    """One HTTP answer. `body` is None unless it is a JSON object."""

    status: int
    headers: dict[str, str]
    content: bytes = field(repr=False)
    body: Json | None = field(repr=False)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The beginning of the body, for staff."""
        return self.content[:500].decode("utf-8", "replace")

    @property
    def request_id(self) -> str:
        """The service's name for this call, if it gave one."""
        return first(text(self.body, "request_id"), *map(self.headers.get, REQUEST_IDS))

    @property
    def retry_after(self) -> float | None:
        return retry_after(self.headers.get("retry-after", ""))


REQUEST_IDS = ("x-request-id", "x-acs-request-id", "traceparent")


def read(response: requests.Response) -> ProviderResponse:
    """The answer, without a body if that is longer than `MAX_ANSWER`. The connection may raise."""
    content = b""
    for piece in unpacked(response.raw.stream(65_536, decode_content=False)):
        content += piece
        if len(content) > MAX_ANSWER:
            break
    body = parsed(content) if len(content) <= MAX_ANSWER else None
    headers = {name.lower(): value for name, value in response.headers.items()}
    return ProviderResponse(response.status_code, headers, content, body)


def parsed(content: bytes) -> Json | None:
    """`content` as a JSON object, else None: with a byte order mark, or in UTF-16, as well.

    What is no Unicode becomes U+FFFD, so that one odd message does not cost the id beside it.
    """
    try:
        body = json.loads(content.decode(json.detect_encoding(content), "replace"))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def part(body: Any, *path: str | int) -> Any:
    """What is at `path` inside `body`, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(body, dict):
            body = body.get(step)
        elif isinstance(step, int) and isinstance(body, list) and step < len(body):
            body = body[step]
        else:
            return None
    return body


def text(body: Any, *path: str | int) -> str:
    """The text or whole number at `path`, as text; else ""."""
    found = part(body, *path)
    if isinstance(found, str):
        return found.strip()
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63:
        return str(found)
    return ""


def complaints(rows: Any) -> str:
    """What a list like [{"loc": ["body", "size"], "msg": "wrong"}] says: FastAPI's 422."""
    found = rows if isinstance(rows, list) else []
    told = ((text(each, "loc", 1), text(each, "msg")) for each in found)
    return "; ".join(": ".join(filter(None, pair)) for pair in told if pair[1])


def first(*texts: str | None) -> str:
    return next((each for each in texts if each), "")


def number(value: Any) -> float | None:
    """`value` if it is a number that counts something."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)


def percent(share: Any) -> int | None:
    """A share of 1, a number above 1, or a text like "30%", in percent from 0 to 100; else None."""
    if isinstance(share, str) and re.fullmatch(r"\d{1,3}(\.\d{1,9})?%", share.strip()):
        counted: float | None = float(share.strip().rstrip("%"))
    else:
        counted = number(share)
        if counted is not None and counted <= 1:
            counted *= 100
    return None if counted is None else max(0, min(100, round(counted)))


def unix_time(seconds: Any) -> str:
    """Seconds (or milliseconds) since 1970 as ISO 8601; "" for 0 and nonsense."""
    counted = number(seconds)
    if counted is None or not 0 < counted < 1e14:
        return ""
    return datetime.fromtimestamp(counted / (1000 if counted > 1e11 else 1), UTC).isoformat()


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds to wait, by either form of `Retry-After` (RFC 9110); 600 at most."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_PAUSE)
    try:
        wait = parsedate_to_datetime(value) - (now or datetime.now(UTC))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return min(wait.total_seconds(), MAX_PAUSE) if wait > timedelta(0) else None


def loggable(value: str) -> str:
    """`value` as one short word that cannot forge a line in a log."""
    return re.sub(r"[^\w.:/=-]", "?", value, flags=re.ASCII)[:100]
