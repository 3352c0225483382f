"""Texts as people type them and as they leave: one rule for browser, form and wire.

Lengths are code points after `normalize`, which is what `[...text].length` counts in a browser.
"""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

# Characters of an address that may be put into another one, where they take up to three times
# the room: servers refuse addresses of 8 kB.
MAX_ADDRESS = 2000
MAX_DIGITS = 10  # of a number: no seed has more
MAX_LENGTH = 5000  # code points; beyond that the form refuses instead of keeping what is never sent

# What JavaScript's `trim` takes away (ECMA-262, WhiteSpace and LineTerminator). Python's own
# `strip` takes others too, and the counters would disagree.
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
# What no font draws: blanks, control and format characters, and the Default_Ignorable_Code_Point
# list of Unicode 16 (DerivedCoreProperties.txt), with the Braille blank. `isVisible` of compose.js
# asks the same.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
INVISIBLE = re.compile(rf"[\x00-\x20\x7f-\xa0{BLANKS}{IGNORABLE}]*")
IGNORED = re.compile(f"[{IGNORABLE}]+")
# Radicals to unified ideographs with kana, Hangul, compatibility, and the planes of ideographs.
CJK = "\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
BETWEEN_TWO = re.compile(f"(?<=[{CJK}])(?=[{CJK}])")
MARK = "\u02d1"  # a letter that no prompt needs: where words are taken apart, it does not end one
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # what a browser, or Django, makes of half a character


def normalize(text: str) -> str:
    """Line ends as LF, ends trimmed; empty if nothing of it can be seen."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)
    return "" if "\0" not in text and INVISIBLE.fullmatch(text) else text


def fold(text: str) -> str:
    """`text` as it is searched: NFC, without capitals (Unicode's full case folding).

    Between two characters of Chinese, Japanese or Korean stands a mark, so that two of them are
    three characters, which is what databases make indexes of.
    """
    text = unicodedata.normalize("NFC", text.replace(MARK, "")).casefold()
    return BETWEEN_TWO.sub(MARK, unicodedata.normalize("NFC", text))


def parse_number(text: str) -> int | None:
    """The whole number that `text` is in the digits of any script; None if it is none."""
    digits = IGNORED.sub("", normalize(text))
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def isolate(text: str) -> str:
    """`text` for the middle of a sentence, whose direction it does not turn (UAX #9, 2.4).

    Its own controls go: an unpaired one would end the isolate.
    """
    return f"\u2068{BIDI_CONTROLS.sub('', text)}\u2069" if text else ""


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
