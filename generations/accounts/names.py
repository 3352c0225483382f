"""One rule for the names of new accounts, at every door: nobody can be taken for another.

Names that clash from earlier releases stay, and still sign in.
"""

from __future__ import annotations

import unicodedata

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Alphabets of living languages (Unicode Standard Annex 31, table 5), by the first word of the
# names of their letters. The rare ones are full of letters that look Latin.
ALPHABETS = [
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO"},
    {"LATIN", "CJK", "IDEOGRAPHIC", "HANGUL"},
    *(
        {name}
        for name in (
            "ARABIC", "ARMENIAN", "BENGALI", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN",
            "GREEK", "GUJARATI", "GURMUKHI", "HEBREW", "KANNADA", "KHMER", "LAO", "MALAYALAM",
            "MYANMAR", "ORIYA", "SINHALA", "TAMIL", "TELUGU", "THAANA", "THAI", "TIBETAN",
        )
    ),
]  # fmt: skip

# What looks like a Latin letter, or like each other (confusables.txt of Unicode Technical Standard
# 39): capitals, and what is left once capitals are small and wide letters are narrow.
CAPITALS = {
    "a": "ΑА", "b": "ΒВ", "c": "С", "e": "ΕЕ", "h": "ΗН", "i": "ΙІ", "j": "Ј", "k": "ΚК",
    "m": "ΜМ", "n": "Ν", "o": "ΟО", "p": "ΡР", "s": "Ѕ", "t": "ΤТ", "x": "ΧХ", "y": "ΥУҮ", "z": "Ζ",
}  # fmt: skip
SMALL = {
    "a": "аαɑ", "b": "вь", "c": "с", "d": "ԁ", "e": "еεҽ", "g": "ɡց", "h": "һнհ", "j": "јյ",
    "k": "кκ", "l": "i1ıɩɪіїι", "m": "м", "n": "пηոռ", "o": "0оοօ", "p": "рρ", "q": "ԛզ",
    "r": "гʀ", "s": "ѕ", "t": "тτ", "u": "υսц", "v": "νѵ", "w": "ωԝш", "x": "хχ", "y": "уγүʏ",
    "二": "ニ", "口": "ロ", "工": "エ", "力": "カ", "夕": "タ", "卜": "ト", "八": "ハ", "一": "ー",
}  # fmt: skip


def to_look_alike(table: dict[str, str]) -> dict[int, str]:
    return {ord(letter): latin for latin, letters in table.items() for letter in letters}


CAPITAL, SMALL_LETTER = to_look_alike(CAPITALS), to_look_alike(SMALL)


def looks(name: str) -> set[str]:
    """How `name` may be read: two names that share one of these are taken for each other."""
    return {
        unicodedata.normalize("NFKC", text).casefold().translate(SMALL_LETTER)
        for text in (name, name.translate(CAPITAL))
    }


def alphabet_of(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def mixes_alphabets(name: str) -> bool:
    """True for letters of two alphabets that nobody writes together, or of a rare one."""
    letters = [each for each in unicodedata.normalize("NFKC", name) if not each.isascii()]
    used = {alphabet_of(letter) for letter in letters}
    if any(letter.isascii() and letter.isalpha() for letter in name):
        used.add("LATIN")
    return not any(used <= alphabet for alphabet in ALPHABETS)


def validate_name(name: str) -> None:
    """Raise `ValidationError` if a new account with this name could be taken for another.

    The name of an account that is there passes: that names differ is for the database to say.
    """
    if User.objects.filter(username=name).exists():
        return
    if is_taken(name):
        raise ValidationError(_("This name looks like one that is taken."), code="look_alike")
    if mixes_alphabets(name):
        raise ValidationError(_("Use letters of one alphabet."), code="alphabets")


def is_taken(name: str) -> bool:
    """True if the name reads like that of another account, or is the address of one."""
    new = looks(name)
    if any(new & looks(old) for old in User.objects.values_list("username", flat=True).iterator()):
        return True
    address = name.casefold()
    return "@" in name and (
        User.objects.filter(email=address).exists()
        or EmailAddress.objects.filter(email=address).exists()
    )
