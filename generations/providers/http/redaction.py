"""Taking secrets out of what is logged, stored or shown.

The texts are a stranger's: each rule looks at a character a fixed number of times, whatever it is.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

REMOVED = "[removed]"

# Parts of names of parameters and JSON keys.
_TELLING = r"authorization|api[_-]?key|access[_-]?key|secret|password|credential|token$"
_SECRET_NAMES = re.compile(_TELLING, re.I)
_SECRET_PARAMETERS = re.compile(rf"{_TELLING}|signature|expires|x-amz-|x-oss-", re.I)


def _without_query(url: re.Match[str]) -> str:
    return f"{url[1]}?{REMOVED}" if url[2] else url[0]


def _without_value(parameter: re.Match[str]) -> str:
    return f"{parameter[1]}={REMOVED}" if _SECRET_PARAMETERS.search(parameter[1]) else parameter[0]


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # Pictures are long and private.
    (re.compile(r"data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,[\w+/=%-]*", re.I), f"data:{REMOVED}"),
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.I), rf"\1 {REMOVED}"),
    (re.compile(r"\bsk-[\w-]{4,}"), REMOVED),
    (re.compile(r"(?<=://)[^/\s@\"'<>]+@"), f"{REMOVED}@"),
    # The query of a signed URL gives access to the file.
    (re.compile(r"(\bhttps?://[^\s\"'<>?]*)(\?[^\s\"'<>]*)?", re.I), _without_query),
    (re.compile(r"(?<![\w-])([\w-]+)=[^\s&\"'<>]+"), _without_value),
)
# JSON allows NUL and lone surrogates, but databases do not.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

MAX_TEXT_LENGTH = 2_000
MAX_ITEMS = 50
MAX_DEPTH = 6


def redacted(text: str, *secrets: str, longest: int = MAX_TEXT_LENGTH) -> str:
    """The first `longest` characters of `text` without keys, signatures, user names in URLs,
    pictures, and without `secrets`."""
    # Twice the length, so that a secret cut in two here is rarely part of the result.
    text = without(text, *secrets)[: 2 * longest]
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text[:longest]


def without(text: str, *secrets: str) -> str:
    """`text` as a database takes it, without `secrets`; otherwise as it is."""
    for secret in filter(None, secrets):
        text = text.replace(secret, REMOVED).replace(quote(secret, safe=""), REMOVED)
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def redacted_json(value: Any, *secrets: str, depth: int = 0) -> Any:
    """The same for decoded JSON; texts, lists and depth are cut to what is worth keeping."""
    if isinstance(value, str):
        return redacted(value, *secrets)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)[:MAX_TEXT_LENGTH]
    if isinstance(value, float) and value - value != 0:  # NaN and the infinities
        return None
    if depth >= MAX_DEPTH and isinstance(value, dict | list):
        return "..."
    if isinstance(value, list):
        return [redacted_json(each, *secrets, depth=depth + 1) for each in value[:MAX_ITEMS]]
    if isinstance(value, dict):
        return {
            redacted(str(name), *secrets, longest=100): REMOVED
            if _SECRET_NAMES.search(str(name))
            else redacted_json(each, *secrets, depth=depth + 1)
            for name, each in list(value.items())[:MAX_ITEMS]
        }
    return value
