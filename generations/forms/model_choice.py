"""The model of a request, and its sizes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..creation.catalog import ModelChoice, model_choices
from ..creation.pricing import price
from ..models import Generation
from ..providers.base import VideoModel
from ..sizes import DEFAULT_IMAGE_SIZE, DEFAULT_TEXT_SIZE, IMAGE_SIZES, SMALLER
from .fields import MESSAGES, OptionDataSelect, SizeField

DEFAULT_SIZES = {"size": DEFAULT_TEXT_SIZE, "resolution": DEFAULT_IMAGE_SIZE}
CHEAPER = (SMALLER[DEFAULT_TEXT_SIZE], IMAGE_SIZES[0])
LAST = 50  # requests that are searched for the last one of a mode


class ModelChoiceForm(forms.Form):
    """A form with the available models. Sizes, prices and options are the chosen model's."""

    user: User

    model = forms.ChoiceField(
        label=_("Model"),
        required=False,
        error_messages={"invalid_choice": MESSAGES["model"]},
    )
    size = SizeField(label=_("Size"), required=False, widget=OptionDataSelect)
    resolution = SizeField(label=_("Resolution"), required=False, widget=OptionDataSelect)

    def __init__(
        self, data: Mapping[str, Any] | None, files: Any, *, initial: Mapping[str, Any]
    ) -> None:
        self.model_choices = {choice.value: choice for choice in model_choices()}
        super().__init__(data, files, initial=dict(initial))
        self._set_choices()

    @property
    def choice(self) -> ModelChoice | None:
        """The chosen model: posted, initial, or the first. None if no provider is set up."""
        first = next(iter(self.model_choices.values()), None)
        if self.is_bound:
            return self.model_choices.get(self.data.get("model", ""), first)
        return self.model_choices.get(self.initial.get("model", "")) or self._same_mode(first)

    def _same_mode(self, first: ModelChoice | None) -> ModelChoice | None:
        """The first model of the same mode, for a model that no longer exists."""
        needs_image = "resolution" in self.initial
        choices = self.model_choices.values()
        return next((one for one in choices if one.model.needs_image == needs_image), first)

    @property
    def models_of_mode(self) -> list[ModelChoice]:
        """The models of the mode that is shown: those that the page offers."""
        mode = self.choice.model.mode if self.choice else ""
        return [choice for choice in self.model_choices.values() if choice.model.mode == mode]

    @property
    def refuses(self) -> dict[str, str]:
        """Option -> why the chosen model does not take it."""
        return self.choice.refuses if self.choice else {}

    @property
    def price(self) -> Decimal | None:
        """What a video of the chosen model and size costs, in USD; None where no price is set."""
        if self.choice is None:
            return None
        return price(self.choice.alias, self.choice.model, self[self.choice.size_field].value())

    def _set_choices(self) -> None:
        model: Any = self.fields["model"]
        model.choices = [(choice.value, choice.label) for choice in self.model_choices.values()]
        model.widget.choices = [(choice.value, choice.label) for choice in self.models_of_mode]
        if self.choice is None:
            model.error_messages["invalid_choice"] = MESSAGES["nothing_set_up"]
            return
        if self.initial.get("model") not in self.model_choices:
            self.initial["model"] = self.choice.value
        for name in DEFAULT_SIZES:
            self._set_sizes(name, self.choice)

    def _set_sizes(self, name: str, chosen: ModelChoice) -> None:
        """The sizes of the chosen model, or of the first model that has a field `name`."""
        choices = (chosen, *self.model_choices.values())
        choice = next((one for one in choices if one.size_field == name), None)
        if choice is None:
            return
        field: Any = self.fields[name]
        field.choices = choice.choices
        field.widget.option_data = {
            size: {"data-price": text} for size, text in choice.prices.items()
        }
        if self.initial.get(name) not in choice.model.sizes:
            self.initial[name] = self._first_size(choice.model)

    def _first_size(self, model: VideoModel) -> str:
        """The size of this person's last request; before the first one the cheaper one."""
        wanted = [*self._last_sizes, *CHEAPER]
        return next((size for size in wanted if size in model.sizes), model.default_size)

    @cached_property
    def _last_sizes(self) -> list[str]:
        if self.is_bound:
            return []
        mine = Generation.objects.owned_by(self.user).order_by("-created")
        return list(mine.values_list("size", flat=True)[:LAST])

    def clean_model(self) -> str:
        if not self.model_choices:
            raise forms.ValidationError(MESSAGES["nothing_set_up"], code="nothing_set_up")
        value: str = self.cleaned_data["model"]
        return value or next(iter(self.model_choices))  # scripts may omit it
