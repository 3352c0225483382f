"""The form for a new video: what each model takes, and an error message at each field."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..creation import uploads
from ..creation.catalog import ModelChoice
from ..creation.create import get_or_create_batch
from ..creation.pricing import price
from ..creation.quotas import QuotaExceededError
from ..media import Picture
from ..models import Generation
from .confirmation import Confirmation, confirmation_of
from .fields import (
    MESSAGES,
    ImageField,
    SeedField,
    TextField,
    shrunk_picture,
    without_surrogates,
)
from .image_url import ImageURLField
from .model_choice import DEFAULT_SIZES
from .origin import OriginForm, settings_of
from .takes import MAX_LENGTH, TOO_LONG, TakesForm

log = logging.getLogger(__name__)

# Whether the model starts from an image -> the fields that its page hides.
HIDDEN_FIELDS = {True: ["size"], False: ["resolution", "image", "image_url"]}


class GenerationForm(OriginForm, TakesForm):
    """A request for one video or a few. Bound, it is checked against the model that was posted."""

    id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": MESSAGES["id"], "invalid": MESSAGES["id"]},
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
    seed = SeedField(label=_("Seed"), required=False)
    prompt_extend = forms.BooleanField(
        label=_("Let the model improve my prompt"),
        help_text=_("Helps short prompts, takes longer."),
        required=False,
        initial=True,
    )
    watermark = forms.BooleanField(
        label=_("Add the provider's AI mark (bottom right)"), required=False
    )
    image = ImageField(label=_("Picture"))
    image_url = ImageURLField(label=_("Address of a picture"), required=False)
    kept_image = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        user: User,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.user = user
        self.picture: Picture | None = None
        self.confirmation: Confirmation | None = None
        self.rows: list[Generation] = []
        data = None if data is None else without_surrogates(data)
        super().__init__(data, files, initial={"id": uuid4(), **(initial or {})})
        if self.is_several:
            prompts = TextField(label=_("Prompt"), too_long=TOO_LONG, limit=MAX_LENGTH)
            self.fields["prompt"] = prompts

    @classmethod
    def from_row(cls, row: Generation, user: User, **changes: Any) -> GenerationForm:
        """An unbound form with the settings of `row` but `changes`; its image for its owner."""
        initial = settings_of(row)
        if row.owner_id == user.pk:
            initial["image_url"] = row.source_url
            if row.source_image:
                initial["kept_image"] = uploads.token_for(user, str(row.source_image.name))
        return cls(user=user, initial=initial | changes)

    @property
    def is_filled(self) -> bool:
        """Whether it has initial values, which a draft must not replace."""
        return self.is_bound or "prompt" in self.initial

    @property
    def hidden_errors(self) -> list[str]:
        """The errors of hidden fields; they are shown above the form."""
        names = [field.name for field in self.hidden_fields()]
        names += HIDDEN_FIELDS[bool(self.choice and self.choice.model.needs_image)]
        return [str(sentence) for name in names for sentence in self.errors.get(name, [])]

    @cached_property
    def kept_preview(self) -> str:
        """The kept image as a small `data:` URI; empty without one."""
        token = self["kept_image"].value()
        picture = uploads.kept(self.user, token) if token else None
        return uploads.preview(picture) if picture else ""

    def clean(self) -> None:
        if "model" in self.cleaned_data and self.choice:
            self._check_size(self.choice)
            self._check_options(self.choice)
            self._check_image(self.choice)
            if self.is_several:
                self.check_prompts()
            elif self.choice.model.prompt_required and self.cleaned_data.get("prompt") == "":
                self._fail("prompt", "no_prompt")

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or not self._errors:
            return
        self.keep_image()
        if "id" in self._errors:
            self._put("id", str(uuid4()))

    def _check_size(self, choice: ModelChoice) -> None:
        name = choice.size_field
        if name not in self.data:
            self.cleaned_data[name] = choice.model.default_size
        if self.cleaned_data[name] not in choice.model.sizes:
            self._fail(name, "size")
        for other in DEFAULT_SIZES.keys() - {name}:
            # A script may post both fields, one of them with its default.
            if self.cleaned_data[other] not in ("", DEFAULT_SIZES[other]):
                self._fail(other, "other_size")
                self._put(other, DEFAULT_SIZES[other])  # a hidden field cannot be corrected

    def _check_options(self, choice: ModelChoice) -> None:
        for name, reason in choice.refuses.items():
            value = self.cleaned_data.get(name)
            if value or value == 0 and value is not False:  # seed 0 is a seed
                self.add_error(name, forms.ValidationError(reason, code="refused"))
            if name == "prompt_extend":
                self.cleaned_data[name] = True  # the default, which is not sent

    def _check_image(self, choice: ModelChoice) -> None:
        self.picture = file = self.cleaned_data.get("image")
        url = self.cleaned_data.get("image_url")
        token = self.cleaned_data.get("kept_image")
        name = "image_url" if url else "image"
        if not choice.model.needs_image:
            if file or url:
                self._fail(name, "unwanted_picture")
        elif file and url:
            self._fail(name, "two_pictures")
        elif not file and not url and not {"image", "image_url"} & self.errors.keys():
            self.picture = uploads.kept(self.user, token) if token else None
            if self.picture is None:
                self._fail(name, "picture_gone" if token else "no_picture")

    def _fail(self, name: str, code: str) -> None:
        self.add_error(name, forms.ValidationError(MESSAGES[code], code=code))

    def refuse(self, sentence: str) -> None:
        """Show `sentence` above the form, without validating the data."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.add_error(None, forms.ValidationError(sentence, code="quota"))

    def save(self) -> Generation | None:
        """The first of `rows`, which were created now or by an earlier post of the same form.

        None if they cannot be created: then the form has an error, or questions to be answered
        first, and everything that was typed.
        """
        asks, pk = self.requests_of(self._row_fields()), self.cleaned_data["id"]
        if self._is_to_confirm(asks, pk):
            self.keep_image()
            return None
        try:
            self.rows = get_or_create_batch(pk, asks, owner=self.user, picture=self._picture)
            return self.rows[0]
        except QuotaExceededError as error:
            self.add_error(None, forms.ValidationError(str(error), code="quota"))
        except DatabaseError:
            log.exception("a generation was not created")
            self.add_error(None, forms.ValidationError(MESSAGES["busy"], code="busy"))
        except OSError as error:
            log.error("an image was not stored: %s", error)
            self._fail("image", "not_stored")
        self.keep_image()
        return None

    def _is_to_confirm(self, asks: list[dict[str, Any]], pk: UUID) -> bool:
        """Whether to ask a person first. Scripts, which post no `previous`, are not asked."""
        previous = self.data.get("previous")
        if previous is None:
            return False
        model = self.model_choices[self.cleaned_data["model"]].model
        found = confirmation_of(
            asks, model, user=self.user, pk=pk, previous=previous, picture=self._picture
        )
        if not found.questions or self.data.get("confirmed") == found.answer:
            return False
        self.confirmation = found
        return True

    def _row_fields(self) -> dict[str, Any]:
        """What all rows of this request have in common."""
        cleaned = self.cleaned_data
        choice = self.model_choices[cleaned["model"]]
        size, needs_image = cleaned[choice.size_field], choice.model.needs_image
        names = ("prompt", "negative_prompt", "seed", "prompt_extend", "watermark")
        # Whether it starts from the picture that the form was filled with.
        is_kept = self._picture is not None and not cleaned["image"]
        return {name: cleaned[name] for name in names} | {
            "provider": choice.alias,
            "model": choice.model.id,
            "size": size,
            "source_url": cleaned["image_url"] if needs_image else "",
            "price": price(choice.alias, choice.model, size),
            **self.origin_fields(size, is_same_picture=is_kept),
        }

    @property
    def _picture(self) -> Picture | None:
        """The image of the request."""
        return self.picture if self.choice and self.choice.model.needs_image else None

    def keep_image(self) -> None:
        """Keep a valid upload for the next try. A form with errors has done so already."""
        picture = self.cleaned_data.get("image") or self.picture or shrunk_picture(self.errors)
        if picture and self.files.get("image"):
            try:
                self._put("kept_image", uploads.keep(self.user, picture))
            except OSError as error:  # without it, the image has to be chosen again
                log.error("an image was not kept: %s", error)

    def _put(self, name: str, value: str) -> None:
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data[name] = value  # type: ignore[index]
