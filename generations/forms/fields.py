"""Form fields that read what people type into what a row keeps."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from ..providers.base import SEED_MAX
from ..text import MAX_LENGTH, is_damaged, mended, normalize

DAMAGED = _("The text holds a damaged character (�). Please type it again.")
SEED = _("The seed must be a whole number from 0 to 2147483647, or empty.")


class TextField(forms.CharField):
    """Text as it will be kept: CRLF as LF, ends trimmed. Damaged or over 5,000 it is refused."""

    def __init__(self, *, too_long: Any, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)
        self.validators = []  # Django's own says "null characters" and nothing else
        self.too_long = too_long

    def clean(self, value: Any) -> str:
        text = normalize(self.to_python(value))
        if is_damaged(text):
            raise forms.ValidationError(DAMAGED, code="damaged")
        if len(text) > MAX_LENGTH:
            raise forms.ValidationError(self.too_long, code="too_long")
        return text


class SeedField(forms.CharField):
    """A whole number from 0 to 2147483647 in ASCII digits, or None for blank."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.validators = []

    def clean(self, value: Any) -> int | None:
        text = normalize(self.to_python(value))
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,20}", text) or int(text) > SEED_MAX:
            raise forms.ValidationError(SEED, code="seed")
        return int(text)


class SizeField(forms.ChoiceField):
    """A size in our spelling; `1920*1080` and `1920×1080` are taken as `1920x1080`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).strip()
        return re.sub(r"(?<=[0-9])[*×xX](?=[0-9])", "x", text)

    def validate(self, value: Any) -> None:
        """Left to the form, which knows the model."""


def showable(data: Any) -> MultiValueDict | None:
    """`data` without lone surrogates: a page that repeats them could not be encoded."""
    if data is None:
        return None
    if not isinstance(data, MultiValueDict):
        data = MultiValueDict({name: [value] for name, value in data.items()})
    return MultiValueDict({name: [_mended(one) for one in many] for name, many in data.lists()})


def _mended(value: Any) -> Any:
    return mended(value) if isinstance(value, str) else value
