"""The rule for new user names: none can be mistaken for an existing one.

Names from earlier releases that conflict stay, and can still sign in.
"""

import unicodedata
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ..models import RateLimit

RESERVED = 60  # seconds for which the name of a process that died stays reserved
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

# Characters that look like a Latin letter, or like each other (confusables.txt of Unicode Technical
# Standard 39): capitals first, then small letters after NFKC and casefold.
CAPITALS = {
    "a": "ΑА", "b": "ΒВ", "c": "С", "e": "ΕЕ", "h": "ΗН", "i": "ΙІ", "j": "Ј", "k": "ΚК",
    "m": "ΜМ", "n": "Ν", "o": "ΟО", "p": "ΡР", "s": "Ѕ", "t": "ΤТ", "x": "ΧХ", "y": "ΥУҮ", "z": "Ζ",
}  # fmt: skip
SMALL = {
    "a": "аαɑᴀ", "b": "вьʙ", "c": "сᴄ", "d": "ԁᴅ", "e": "еεҽᴇ", "f": "ꜰ", "g": "ɡցɢ", "h": "һнհʜ",
    "j": "јյᴊ", "k": "кκᴋ", "l": "i1ıɩɪіїιʟ", "m": "мᴍ", "n": "пηոռɴ", "o": "0оοօᴏ", "p": "рρᴘ",
    "q": "ԛզꞯ", "r": "гʀ", "s": "ѕꜱ", "t": "тτᴛ", "u": "υսцᴜ", "v": "νѵᴠ", "w": "ωԝшᴡ",
    "x": "хχ", "y": "уγүʏ", "z": "ᴢ",
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
    """True if letters of two alphabets are mixed unusually, or an alphabet is rare."""
    letters = [each for each in unicodedata.normalize("NFKC", name) if not each.isascii()]
    used = {alphabet_of(letter) for letter in letters}
    if any(letter.isascii() and letter.isalpha() for letter in name):
        used.add("LATIN")
    return not any(used <= alphabet for alphabet in ALPHABETS)


def validate_name(name: str) -> None:
    """Raise `ValidationError` if a new name could be mistaken for an existing one.

    The name of an existing account passes; the database checks that names are unique.
    """
    if User.objects.filter(username=name).exists():
        return
    # Reservations first: the account of one that ends meanwhile is found by the second query.
    if RateLimit.objects.live().filter(key__in=keys_of(name)).exists() or is_taken(name):
        raise ValidationError(
            _("This name is taken, or looks like one that is taken."), code="look_alike"
        )
    if mixes_alphabets(name):
        raise ValidationError(_("Use letters of one alphabet."), code="alphabets")


def is_taken(name: str) -> bool:
    """True if the name looks like that of another account, or is an address of one."""
    new = looks(name)
    if any(new & looks(old) for old in User.objects.values_list("username", flat=True).iterator()):
        return True
    address = name.casefold()
    return "@" in name and (
        User.objects.filter(email=address).exists()
        or EmailAddress.objects.filter(email=address).exists()
    )


class NameTakenError(IntegrityError):
    """An account whose name reads alike was made, or is being made, at this moment."""


def reserve_name(
    instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any
) -> None:
    """Keep names that read alike from everybody else until `instance`, a user, is stored.

    Two who ask at one instant both pass `validate_name`, which sees what is stored. Raises
    `NameTakenError`.
    """
    name, unchanged = instance.username, update_fields and "username" not in update_fields
    if raw or unchanged or User.objects.filter(pk=instance.pk, username=name).exists():
        return
    with transaction.atomic():
        reserved = (RateLimit.objects.put_new(key, True, RESERVED) for key in keys_of(name))
        if not all(reserved) or is_taken(name):
            raise NameTakenError(name)
    instance.reserved_name = name


def release_name(instance: Any, **kwargs: Any) -> None:
    """`instance` is stored: whoever asks from now on finds it."""
    if name := vars(instance).pop("reserved_name", None):
        RateLimit.objects.filter(key__in=keys_of(name)).delete()


def keys_of(name: str) -> list[str]:
    """In one order, so that no two wait for each other."""
    return sorted(f"name-{sha256(look.encode()).hexdigest()}" for look in looks(name))
