"""What may be asked, per model: every refusal a sentence at its field, everything typed kept."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from django import forms
from django.db import DatabaseError
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..creation import uploads
from ..creation.catalog import ModelChoice, model_choices
from ..creation.create import IDTakenError, get_or_create_generation
from ..creation.pricing import price
from ..creation.quotas import QuotaExceededError
from ..media import InvalidImageError, Picture, check_picture
from ..models import Generation
from ..sizes import DEFAULT_IMAGE_SIZE, DEFAULT_TEXT_SIZE
from ..text import normalize
from .again import initial_from
from .fields import SeedField, SizeField, TextField, showable
from .image_url import InvalidImageURLError, public_link
from .messages import MESSAGES

log = logging.getLogger(__name__)

UNTOUCHED = {"size": DEFAULT_TEXT_SIZE, "resolution": DEFAULT_IMAGE_SIZE}
# By whether the model begins with a picture: the fields that its page hides.
NOT_SHOWN = {True: ["size"], False: ["resolution", "image", "image_url"]}
PICTURE_TYPES = "image/jpeg,image/png,image/bmp,image/webp"


class GenerationForm(forms.Form):
    """One ask. Bound, it is checked against the model that was posted."""

    id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": MESSAGES["id"], "invalid": MESSAGES["id"]},
    )
    model = forms.ChoiceField(
        label=_("Model"),
        required=False,
        error_messages={"invalid_choice": MESSAGES["model"]},
    )
    prompt = TextField(
        label=_("Prompt"),
        widget=forms.Textarea(attrs={"rows": 6}),
        too_long=_("The prompt is longer than 5,000 characters."),
    )
    negative_prompt = TextField(
        label=_("Negative prompt"),
        widget=forms.Textarea(attrs={"rows": 2}),
        too_long=_("The negative prompt is longer than 5,000 characters."),
    )
    size = SizeField(label=_("Size"))
    resolution = SizeField(label=_("Resolution"))
    seed = SeedField(
        label=_("Seed"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    prompt_extend = forms.BooleanField(
        label=_("Let the model improve my prompt"),
        help_text=_("Helps short prompts, takes longer."),
        required=False,
        initial=True,
    )
    watermark = forms.BooleanField(
        label=_("Add the provider's AI mark (bottom right)"), required=False
    )
    image = forms.FileField(
        label=_("Picture"),
        required=False,
        allow_empty_file=True,  # an empty file is no picture, and is told so in our words
        widget=forms.FileInput(attrs={"accept": PICTURE_TYPES}),
    )
    image_url = forms.CharField(
        label=_("Address of a picture"),
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    kept_image = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        user: Any,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.user = user
        self.offers = {offer.value: offer for offer in model_choices()}
        self.picture: Picture | None = None
        super().__init__(showable(data), files, initial={"id": uuid4()} | (initial or {}), **kwargs)
        self._offer_choices()

    # What the page shows

    @property
    def offer(self) -> ModelChoice | None:
        """The model chosen: as posted, as asked for, or the first. None if nothing is set up."""
        if self.is_bound:
            return self.offers.get(self.data.get("model"), next(iter(self.offers.values()), None))
        return self.offers.get(self.initial.get("model")) or self._of_the_same_mode()

    def _of_the_same_mode(self) -> ModelChoice | None:
        """In place of a model that is gone; any, if no other has its mode."""
        needs_image = "resolution" in self.initial
        fitting = [one for one in self.offers.values() if one.model.needs_image == needs_image]
        return next(iter(fitting or self.offers.values()), None)

    @property
    def is_filled(self) -> bool:
        """It shows an ask, posted or taken from a row or an address: no draft may replace it."""
        return self.is_bound or "prompt" in self.initial

    @property
    def catalogue(self) -> list[dict[str, Any]]:
        """What each choice takes, as JSON has it (`ModelChoice.described`)."""
        return [offer.described() for offer in self.offers.values()]

    @property
    def refuses(self) -> dict[str, str]:
        """Option -> why the chosen model does not take it."""
        return self.offer.refuses if self.offer else {}

    @property
    def hidden_errors(self) -> list[str]:
        """Sentences of fields that are not seen; they belong above the form."""
        names = [field.name for field in self.hidden_fields()]
        names += NOT_SHOWN[bool(self.offer and self.offer.model.needs_image)]
        return [sentence for name in names for sentence in self.errors.get(name, [])]

    @cached_property
    def kept_preview(self) -> str:
        """The picture that is kept for the next try, as a small `data:` URI; "" without one."""
        token = self["kept_image"].value()
        picture = uploads.kept(self.user, token) if token else None
        return uploads.preview(picture) if picture else ""

    def _offer_choices(self) -> None:
        model = self.fields["model"]
        model.choices = [(offer.value, offer.label) for offer in self.offers.values()]
        if self.offer is None:
            model.error_messages["invalid_choice"] = MESSAGES["nothing_set_up"]
            return
        if self.initial.get("model") not in self.offers:
            self.initial["model"] = self.offer.value
        if len(self.offers) == 1:
            model.widget = forms.HiddenInput()
        for name in UNTOUCHED:
            self._offer_sizes(name, self.offer)
        for name in self.refuses:
            self.fields[name].widget.attrs["disabled"] = True

    def _offer_sizes(self, name: str, chosen: ModelChoice) -> None:
        """The sizes of the chosen model; of the first that has such a field, if it has none."""
        fitting = [offer for offer in (chosen, *self.offers.values()) if offer.size_field == name]
        if fitting:
            self.fields[name].choices = fitting[0].choices
            self.initial.setdefault(name, fitting[0].model.default_size)

    # What was posted

    def clean_model(self) -> str:
        if not self.offers:
            raise forms.ValidationError(MESSAGES["nothing_set_up"], code="nothing_set_up")
        return self.cleaned_data["model"] or next(iter(self.offers))  # scripts may leave it out

    def clean_image_url(self) -> str:
        text = normalize(self.cleaned_data["image_url"])
        try:
            return public_link(text) if text else ""
        except InvalidImageURLError as error:
            raise forms.ValidationError(str(error), code="link") from error

    def clean_image(self) -> Any:
        file = self.cleaned_data["image"]
        if file:
            try:
                self.picture = check_picture(file)
            except InvalidImageError as error:
                raise forms.ValidationError(error.message, code=error.code) from error
        return file

    def clean(self) -> None:
        if "model" in self.cleaned_data and self.offer:
            self._check_prompt(self.offer)
            self._check_size(self.offer)
            self._check_options(self.offer)
            self._check_picture(self.offer)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or not self._errors:
            return
        self._keep_picture()
        if "id" in self._errors:
            self._put("id", str(uuid4()))

    def _check_prompt(self, offer: ModelChoice) -> None:
        if offer.model.prompt_required and self.cleaned_data.get("prompt") == "":
            self.add_error("prompt", forms.ValidationError(MESSAGES["no_prompt"], code="required"))

    def _check_size(self, offer: ModelChoice) -> None:
        name = offer.size_field
        size = self.cleaned_data[name]
        if name not in self.data:
            self.cleaned_data[name] = size = offer.model.default_size
        if size not in offer.model.sizes:
            self.add_error(name, forms.ValidationError(MESSAGES["size"], code="size"))
        for other in UNTOUCHED.keys() - {name}:
            # Without a script the page posts both, the other one as it stood.
            if self.cleaned_data[other] not in ("", UNTOUCHED[other]):
                error = forms.ValidationError(MESSAGES["other_size"], code="other_size")
                self.add_error(other, error)
                self._put(other, UNTOUCHED[other])  # it is not seen, so nobody could correct it

    def _check_options(self, offer: ModelChoice) -> None:
        for name, reason in offer.refuses.items():
            value = self.cleaned_data.get(name)
            if value or value == 0 and value is not False:  # seed 0 is a seed
                self.add_error(name, forms.ValidationError(reason, code="refused"))
            if name == "prompt_extend":
                self.cleaned_data[name] = True  # the default; the service is never told

    def _check_picture(self, offer: ModelChoice) -> None:
        link, token = self.cleaned_data.get("image_url"), self.cleaned_data.get("kept_image")
        given = bool(self.cleaned_data.get("image")), bool(link)
        if not offer.model.needs_image:
            if any(given):
                self._refuse_picture("unwanted_picture", at=given)
        elif all(given):
            self._refuse_picture("two_pictures", at=given)
        elif not any(given) and not {"image", "image_url"} & self.errors.keys():
            self.picture = uploads.kept(self.user, token) if token else None
            if self.picture is None:
                self._refuse_picture("picture_gone" if token else "no_picture", at=given)

    def _refuse_picture(self, message: str, *, at: tuple[bool, bool]) -> None:
        name = "image_url" if at[1] else "image"
        self.add_error(name, forms.ValidationError(MESSAGES[message], code=message))

    # What follows

    def refuse(self, sentence: str) -> None:
        """Say so above the form without looking at what was posted, and keep all that was typed."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.add_error(None, forms.ValidationError(sentence, code="quota"))

    def save(self) -> Generation | None:
        """The row of this ask, made now or by an earlier press of the same form.

        None if it may not be: then the form says why, and holds everything for another try.
        """
        try:
            return get_or_create_generation(
                owner=self.user, pk=self.cleaned_data["id"], **self.ask()
            )
        except QuotaExceededError as error:
            self.add_error(None, forms.ValidationError(error.sentence, code="quota"))
        except IDTakenError:
            self.add_error("id", forms.ValidationError(MESSAGES["id"], code="id"))
            self._put("id", str(uuid4()))
        except DatabaseError:
            log.exception("an ask was not written down")
            self.add_error(None, forms.ValidationError(MESSAGES["busy"], code="busy"))
        except OSError:
            log.exception("a picture was not stored")
            self.add_error("image", forms.ValidationError(MESSAGES["not_stored"], code="storage"))
        self._keep_picture()
        return None

    def ask(self) -> dict[str, Any]:
        """The checked ask, as `asking.get_or_create_generation` takes it."""
        offer, cleaned = self.offers[self.cleaned_data["model"]], self.cleaned_data
        size = cleaned[offer.size_field]
        needs_image = offer.model.needs_image
        same = ("prompt", "negative_prompt", "seed", "prompt_extend", "watermark")
        return {name: cleaned[name] for name in same} | {
            "provider": offer.alias,
            "model": offer.model.id,
            "size": size,
            "source_url": cleaned["image_url"] if needs_image else "",
            "picture": self.picture if needs_image else None,
            "price": price(offer.alias, offer.model, size),
        }

    def _keep_picture(self) -> None:
        """A valid upload outlives an error in another field."""
        if self.picture and self.files.get("image"):
            try:
                self._put("kept_image", uploads.keep(self.user, self.picture))
            except OSError:  # the form stands without it
                log.exception("a picture was not kept")

    def _put(self, name: str, value: str) -> None:
        self.data = self.data.copy()
        self.data[name] = value

    @classmethod
    def from_row(
        cls, row: Generation, user: Any, with_seed: bool = True, size: str | None = None
    ) -> GenerationForm:
        """An unbound form filled with the ask of `row`. It never submits anything."""
        return cls(user=user, initial=initial_from(row, user, with_seed=with_seed, size=size))
