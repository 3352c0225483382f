"""Taking secrets out of what is logged, stored or shown."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

REMOVED = "[removed]"

_RULES = (
    # Pictures are long and private.
    (re.compile(r"data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,[\w+/=%-]*", re.I), f"data:{REMOVED}"),
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.I), rf"\1 {REMOVED}"),
    (re.compile(r"\bsk-[\w-]{4,}"), REMOVED),
    (re.compile(r"(?<=://)[^/\s@\"'<>]+@"), f"{REMOVED}@"),
    # Whoever has the query of a signed URL has the file.
    (re.compile(r"(\bhttps?://[^\s\"'<>?]*)\?[^\s\"'<>]*", re.I), rf"\1?{REMOVED}"),
    (
        re.compile(
            r"\b(signature|ossaccesskeyid|[\w-]*access_?key_?(?:id|secret)?|[\w-]*token|expires"
            r"|x-amz-[\w-]+|x-oss-[\w-]+|[\w-]*api_?key|secret|password|credential"
            r"|authorization)=[^\s&\"'<>]+",
            re.I,
        ),
        rf"\1={REMOVED}",
    ),
)
_SECRET_NAMES = re.compile(
    r"authorization|api[_-]?key$|access[_-]?key|secret|password|.*token$", re.I
)
# NUL and lone surrogates are JSON, but no database takes them.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

LONGEST_TEXT = 2_000
MOST_ITEMS = 50
DEEPEST = 6


def redacted(text: str, *secrets: str) -> str:
    """`text` without keys, signatures, user names in URLs, pictures, and without `secrets`."""
    text = without(text, *secrets)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def without(text: str, *secrets: str) -> str:
    """`text` as a database takes it, without `secrets`; otherwise as it is."""
    for secret in filter(None, secrets):
        text = text.replace(secret, REMOVED).replace(quote(secret, safe=""), REMOVED)
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def redacted_json(value: Any, *secrets: str, depth: int = 0) -> Any:
    """The same for decoded JSON; texts, lists and depth are cut to what is worth keeping."""
    if isinstance(value, str):
        return redacted(value, *secrets)[:LONGEST_TEXT]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)[:LONGEST_TEXT]
    if isinstance(value, float) and value - value != 0:  # NaN and the infinities
        return None
    if depth >= DEEPEST and isinstance(value, dict | list):
        return "..."
    if isinstance(value, list):
        return [redacted_json(each, *secrets, depth=depth + 1) for each in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {
            redacted(str(name), *secrets)[:100]: REMOVED
            if _SECRET_NAMES.match(str(name))
            else redacted_json(each, *secrets, depth=depth + 1)
            for name, each in list(value.items())[:MOST_ITEMS]
        }
    return value
