"""The model of a request, and the sizes that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..creation.catalog import ModelChoice, model_choices
from ..creation.pricing import price
from ..sizes import DEFAULT_IMAGE_SIZE, DEFAULT_TEXT_SIZE
from .fields import MESSAGES, OptionDataSelect, SizeField

DEFAULT_SIZES = {"size": DEFAULT_TEXT_SIZE, "resolution": DEFAULT_IMAGE_SIZE}


class ModelChoiceForm(forms.Form):
    """A form with the models on offer. Sizes, prices and options are the chosen one's."""

    model = forms.ChoiceField(
        label=_("Model"),
        required=False,
        error_messages={"invalid_choice": MESSAGES["model"]},
        widget=OptionDataSelect,
    )
    size = SizeField(label=_("Size"), widget=OptionDataSelect)
    resolution = SizeField(label=_("Resolution"), widget=OptionDataSelect)

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
        """The first model of the mode of a model that is gone."""
        needs_image = "resolution" in self.initial
        choices = self.model_choices.values()
        return next((one for one in choices if one.model.needs_image == needs_image), first)

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
        model.widget.option_data = {
            choice.value: {
                "data-mode": choice.model.mode,
                "data-sizes": " ".join(choice.model.sizes),
            }
            for choice in self.model_choices.values()
        }
        if self.choice is None:
            model.error_messages["invalid_choice"] = MESSAGES["nothing_set_up"]
            return
        if self.initial.get("model") not in self.model_choices:
            self.initial["model"] = self.choice.value
        if len(self.model_choices) == 1:
            model.widget = forms.HiddenInput()
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
            self.initial[name] = choice.model.default_size

    def clean_model(self) -> str:
        if not self.model_choices:
            raise forms.ValidationError(MESSAGES["nothing_set_up"], code="nothing_set_up")
        value: str = self.cleaned_data["model"]
        return value or next(iter(self.model_choices))  # scripts may leave it out
