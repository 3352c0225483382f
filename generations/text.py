"""Texts as people type them and as they leave: one rule for browser, form and wire.

Lengths are code points after `normalize`, which is what `[...text].length` counts in a browser.
"""

from __future__ import annotations

import re
from uuid import UUID

MAX_LENGTH = 5000  # code points; beyond that the form refuses instead of keeping what is never sent

# What JavaScript's `trim` takes away (ECMA-262, WhiteSpace and LineTerminator). Python's own
# `strip` takes others too, and the counters would disagree.
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # what a browser, or Django, makes of half a character


def normalize(text: str) -> str:
    """Line ends as LF, ends trimmed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)


def mended(text: str) -> str:
    """Without lone surrogates, so that it can be shown again. What stood there is marked."""
    return SURROGATE.sub(REPLACEMENT, text)


def is_damaged(text: str) -> bool:
    """True if it holds a NUL or half a character, which no service would take as meant."""
    return "\0" in text or REPLACEMENT in mended(text)


def truncate(text: str, limit: int) -> str:
    """What of `text` is sent: its first `limit` code points."""
    return text[:limit]


def tail(text: str, limit: int) -> str:
    """What of `text` is not sent."""
    return text[limit:]


def parse_uuid(text: str) -> UUID | None:
    """The UUID that `text` stands for, in any of its spellings; None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
