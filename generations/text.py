"""Texts as they are typed and sent: one rule for browser, form and services.

Lengths are code points after `normalize`, as `[...text].length` counts them in a browser.
"""

import re
import unicodedata
from uuid import UUID

# Characters of a URL that may be a parameter of another URL, where it takes up to three times the
# room. Servers refuse URLs of more than 8 kB.
MAX_ADDRESS = 2000
MAX_DIGITS = 10  # digits of a number: no seed has more
MAX_LENGTH = 5000  # code points; the form refuses longer texts, which would never be sent

# The characters that `trim` of JavaScript removes (ECMA-262, WhiteSpace and LineTerminator).
# `strip` of Python removes others, and the counters would differ.
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
# Invisible characters: whitespace, control and format characters, and Default_Ignorable_Code_Point
# of Unicode 16 (DerivedCoreProperties.txt), with the blank Braille pattern. `INVISIBLE` of
# compose.js is the same.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
INVISIBLE = re.compile(rf"[\x00-\x20\x7f-\xa0{BLANKS}{IGNORABLE}]*")
IGNORED = re.compile(f"[{IGNORABLE}]+")
# From the radicals to the unified ideographs with kana, Hangul, the compatibility forms, and the
# planes of ideographs.
CJK = "\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
BETWEEN_TWO = re.compile(f"(?<=[{CJK}])(?=[{CJK}])")
MARK = "\u02d1"  # a letter that no prompt needs: the search does not split words at it
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # what browsers and Django insert for half a character


def normalize(text: str) -> str:
    """Line ends become LF, both ends are trimmed; empty if nothing in it is visible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)
    return "" if "\0" not in text and INVISIBLE.fullmatch(text) else text


def fold(text: str) -> str:
    """`text` for searching: NFC, case-folded (Unicode's full case folding).

    Between two characters of Chinese, Japanese or Korean is a separator, so that two of them are
    three characters: databases index those.
    """
    text = unicodedata.normalize("NFC", text.replace(MARK, "")).casefold()
    return BETWEEN_TWO.sub(MARK, unicodedata.normalize("NFC", text))


def parse_number(text: str) -> int | None:
    """The whole number in `text`, in the digits of any script; None if it is not one."""
    digits = IGNORED.sub("", normalize(text))
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def isolate(text: str) -> str:
    """`text` for the middle of a sentence, so that it keeps its direction (UAX #9, 2.4).

    Control characters for directions in it are removed, because they could end the isolate.
    """
    return f"\u2068{BIDI_CONTROLS.sub('', text)}\u2069" if text else ""


def replace_surrogates(text: str) -> str:
    """Without lone surrogates, which cannot be encoded. Each is replaced by a mark."""
    return SURROGATE.sub(REPLACEMENT, text)


def is_damaged(text: str) -> bool:
    """True if it contains NUL or a lone surrogate, which no service would accept."""
    return "\0" in text or REPLACEMENT in replace_surrogates(text)


def truncate(text: str, limit: int) -> str:
    """The part of `text` that is sent: its first `limit` code points."""
    return text[:limit]


def parse_uuid(text: str) -> UUID | None:
    """The UUID in `text`, in any spelling; None if it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
