"""How many videos one press asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..creation.variations import MAX_TAKES, takes_of
from .model_choice import ModelChoiceForm


class TakesForm(ModelChoiceForm):
    """A form for one video, or for several takes of it."""

    takes = forms.ChoiceField(
        label=_("Takes"),
        choices=[(str(count), str(count)) for count in range(1, MAX_TAKES + 1)],
        initial="1",
        required=False,
        error_messages={"invalid_choice": _("Choose one to four takes.")},
    )

    @property
    def count(self) -> int:
        """How many videos the form asks for, as it stands."""
        offered = dict(self.fields["takes"].choices)  # type: ignore[attr-defined]
        takes = str(self["takes"].value())
        return int(takes) if takes in offered else 1

    @property
    def total(self) -> Decimal | None:
        """What they cost together, in USD; None where no price is set."""
        return None if self.price is None else self.price * self.count

    def clean_takes(self) -> int:
        return int(self.cleaned_data["takes"] or 1)

    def asks_of(self, ask: dict[str, Any]) -> list[dict[str, Any]]:
        """The requests of one press, from what they have in common."""
        return takes_of([ask], self.cleaned_data["takes"])
