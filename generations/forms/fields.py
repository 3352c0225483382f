"""Form fields that turn what people type into stored values, and their error messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from ..media import InvalidImageError, Picture, check_picture, shrink_picture
from ..providers.base import SEED_MAX
from ..text import MAX_LENGTH, is_damaged, normalize, parse_number, replace_surrogates

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MESSAGES = {
    "no_prompt": _("Describe what the video should show."),
    "size": _("Choose one of the sizes in the list."),
    "other_size": _("This size belongs to another model."),
    "model": _("Choose one of the models in the list."),
    "nothing_set_up": _("Video creation is not set up yet. Please tell the administrator."),
    "id": _("This page was out of date, and nothing was sent. Press the button again."),
    "no_picture": _("Choose the picture that the video begins with."),
    "two_pictures": _("Give either a picture or an address, not both."),
    "unwanted_picture": _("This model makes videos from text alone. Remove the picture."),
    "picture_gone": _("The picture is no longer here. Please choose it again."),
    "busy": _("The studio is busy. Press the button again: only one video will be made."),
    "not_stored": _("The picture could not be stored. Please try again later."),
}
SHRUNK = _(
    "The picture had %(from_width)d × %(from_height)d pixels. It was made smaller, to "
    "%(width)d × %(height)d. Nothing was sent: look at it, and press Generate to use it."
)
DAMAGED = _("The text contains a damaged character (�). Please type it again.")
SEED = _("The seed must be a whole number from 0 to 2147483647, or empty.")


class TextField(forms.CharField):
    """Text as it will be stored: CRLF becomes LF, both ends are trimmed.

    Damaged text and text of more than `limit` characters is not valid.
    """

    def __init__(self, *, too_long: StrOrPromise, limit: int = MAX_LENGTH, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)
        self.too_long, self.limit = too_long, limit

    def clean(self, value: Any) -> str:
        text = normalize(self.to_python(value) or "")
        if is_damaged(text):
            raise forms.ValidationError(DAMAGED, code="damaged")
        if len(text) > self.limit:
            raise forms.ValidationError(self.too_long, code="too_long")
        return text


class SeedField(forms.CharField):
    """A whole number from 0 to 2147483647 in the digits of any script, or None for blank."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> int | None:
        text = normalize(self.to_python(value) or "")
        if not text:
            return None
        number = parse_number(text)
        if number is None or number > SEED_MAX:
            raise forms.ValidationError(SEED, code="seed")
        return number


# The browser's date field. Its value is ISO 8601 in every language: others read as empty.
DATE_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class SizeField(forms.ChoiceField):
    """A size such as `1920x1080`; `1920*1080` and full-width digits are read as such."""

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().to_python(value)).strip()
        return re.sub(r"(?<=[0-9])[*×xX](?=[0-9])", "x", text)

    def validate(self, value: Any) -> None:
        """Do nothing: the form checks the size for the model."""


class ImageField(forms.FileField):
    """An uploaded image of a type and size that providers take; `clean` returns a `Picture`."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/bmp,image/webp"})

    def __init__(self, **kwargs: Any) -> None:
        # check_picture() refuses an empty file with its own message.
        super().__init__(required=False, allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Picture | None:
        file = super().clean(data, initial)
        try:
            return check_picture(file) if file else None
        except InvalidImageError as error:
            if error.code == "too_large_side":
                raise shrunk(file) from error
            raise forms.ValidationError(str(error), code=error.code) from error


def shrunk(file: Any) -> forms.ValidationError:
    """The error for a picture that is too large; with a smaller one in its `params` if possible."""
    try:
        picture, (width, height) = shrink_picture(file)
    except InvalidImageError as error:
        return forms.ValidationError(str(error), code=error.code)
    words = {"from_width": width, "from_height": height, "picture": picture}
    words |= {"width": picture.width, "height": picture.height}
    return forms.ValidationError(SHRUNK, code="shrunk", params=words)


def shrunk_picture(errors: ErrorDict) -> Picture | None:
    """The smaller picture that was made of one that was too large."""
    found = (error for error in errors.as_data().get("image", []) if error.code == "shrunk")
    return next((error.params["picture"] for error in found if error.params), None)


class OptionDataSelect(forms.Select):
    """A select whose options carry data attributes, for the scripts of the page.

    `option_data` maps the value of an option to its attributes.
    """

    option_data: Mapping[str, Mapping[str, str]] = {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= self.option_data.get(str(option["value"]), {})
        return option


def without_surrogates(data: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """`data` without lone surrogates: a page with them could not be encoded."""
    if not isinstance(data, MultiValueDict):
        data = MultiValueDict({name: [value] for name, value in data.items()})
    return MultiValueDict(
        {
            name: [
                replace_surrogates(value) if isinstance(value, str) else value for value in values
            ]
            for name, values in data.lists()
        }
    )
