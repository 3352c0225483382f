"""The number of videos of a request: takes of one prompt, or of several, one per line."""

from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..creation.variations import MAX_TAKES, MAX_VIDEOS, PromptList, prompts_of, takes_of
from ..text import normalize
from .model_choice import ModelChoiceForm

MAX_LENGTH = 20_000  # code points of all prompts together
MESSAGES = {
    "takes": _("Choose one to four takes."),
    "no_prompts": _("Write one prompt a line."),
    "too_many": _("This would be %(count)d videos. One press sends at most %(most)d."),
    "unseen": _("Nothing was sent. Look at the list, and press Generate again."),
}
TOO_LONG = _("The prompts are longer than 20,000 characters together.")


class TakesForm(ModelChoiceForm):
    """A form for one video, or for several: `takes` of each prompt in the field `prompt`."""

    takes = forms.ChoiceField(
        label=_("Takes"),
        choices=[(str(count), str(count)) for count in range(1, MAX_TAKES + 1)],
        initial="1",
        required=False,
        error_messages={"invalid_choice": MESSAGES["takes"]},
    )
    several = forms.BooleanField(
        label=_("Several prompts, one a line"),
        help_text=_("{red|blue} in a line makes one prompt with each word."),
        required=False,
    )

    @property
    def is_several(self) -> bool:
        return bool(self["several"].value())

    @cached_property
    def prompt_list(self) -> PromptList:
        """The prompts in the field, and their problems."""
        limit = self.choice.model.prompt_limit if self.choice else MAX_LENGTH
        found = prompts_of(normalize(str(self["prompt"].value() or "")), limit)
        if not found.prompts and not found.problems:
            found.problems.append(str(MESSAGES["no_prompts"]))
        if (count := len(found.prompts) * self._takes) > MAX_VIDEOS:
            found.problems.append(MESSAGES["too_many"] % {"count": count, "most": MAX_VIDEOS})
        return found

    @property
    def count(self) -> int:
        """The number of videos that the form requests."""
        return self._takes * (len(self.prompt_list.prompts) if self.is_several else 1)

    @property
    def total(self) -> Decimal | None:
        """Their total price, in USD; None without a price."""
        return None if self.price is None else self.price * self.count

    @property
    def listing(self) -> str:
        """A mark of the list that the page shows: posted as `listed`, it says that it was seen."""
        shown = [*self.prompt_list.prompts, str(self.count), str(self.total)]
        return sha256("\n".join(shown).encode()).hexdigest()

    @property
    def _takes(self) -> int:
        takes = str(self["takes"].value())
        return int(takes) if takes in dict(self.fields["takes"].choices) else 1  # type: ignore[attr-defined]

    def clean_takes(self) -> int:
        return int(self.cleaned_data["takes"] or 1)

    def check_prompts(self) -> None:
        """Name what is wrong with the prompts. A person must have seen their list; a script not."""
        for problem in self.prompt_list.problems:
            self.add_error("prompt", forms.ValidationError(problem, code="prompts"))
        is_seen = self.data.get("listed") == self.listing or "previous" not in self.data
        if not self.errors and not is_seen:
            self.add_error("prompt", forms.ValidationError(MESSAGES["unseen"], code="unseen"))

    def requests_of(self, ask: dict[str, Any]) -> list[dict[str, Any]]:
        """The separate requests, from what they have in common."""
        prompts = self.prompt_list.prompts if self.is_several else [ask["prompt"]]
        asks = ({**ask, "prompt": prompt} for prompt in prompts)
        return takes_of(asks, self.cleaned_data["takes"])
