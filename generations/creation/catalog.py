"""The models that people can choose, as the form and its page need them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Generation
from ..providers import providers
from ..providers.base import (
    IMAGE_TO_VIDEO,
    NEGATIVE_PROMPT_LIMIT,
    PROMPT_LIMIT,
    TEXT_TO_VIDEO,
    Provider,
    VideoModel,
)
from ..sizes import ratio_of, tier_of
from .pricing import FREE, price, usd

MODES = {
    TEXT_TO_VIDEO: gettext_lazy("Text to video"),
    IMAGE_TO_VIDEO: gettext_lazy("Image to video"),
}

# Option -> why a model does not take it.
REFUSALS = {
    "negative_prompt": gettext_lazy("This model takes no negative prompt."),
    "seed": gettext_lazy("This model takes no seed."),
    "prompt_extend": gettext_lazy("This model does not offer to improve the prompt."),
    "watermark": gettext_lazy("This provider does not offer it."),
}


@dataclass(frozen=True)
class ModelChoice:
    """One model of one configured provider."""

    alias: str
    provider: Provider
    model: VideoModel

    @property
    def value(self) -> str:
        return f"{self.alias}/{self.model.id}"

    @property
    def label(self) -> str:
        """Provider and model; with the alias if two accounts of one provider are configured."""
        name = provider_name(self.alias, self.provider)
        if self.alias == FREE:
            return name
        same = [one for one in providers.values() if one.label == self.provider.label]
        if len(same) > 1:
            name = f"{name} ({self.alias})"
        return f"{name} · {self.model.label}"

    @property
    def size_field(self) -> str:
        return "resolution" if self.model.needs_image else "size"

    @property
    def choices(self) -> list[Any]:
        """The sizes by tier, for `<optgroup>`; a plain list if each tier has one size."""
        if self.model.needs_image:
            return [(size, self.tier_label(size, size)) for size in self.model.sizes]
        tiers: dict[str, list[tuple[str, str]]] = {}
        for size in self.model.sizes:
            tiers.setdefault(tier_of(size), []).append((size, size_label(size)))
        return [(self.tier_label(name, sizes[0][0]), sizes) for name, sizes in tiers.items()]

    def tier_label(self, name: str, size: str) -> str:
        amount = price(self.alias, self.model, size)
        if not amount:
            return name
        return _("%(tier)s · about %(price)s a video") % {"tier": name, "price": usd(amount)}

    @property
    def refuses(self) -> dict[str, str]:
        """Option -> why it is not available."""
        return {
            name: str(reason) for name, reason in REFUSALS.items() if name not in self.model.accepts
        }

    @property
    def prices(self) -> dict[str, str]:
        """Size -> its formatted price, for sizes with a price."""
        amounts = {size: price(self.alias, self.model, size) for size in self.model.sizes}
        return {size: usd(amount) for size, amount in amounts.items() if amount}


def model_choices() -> list[ModelChoice]:
    """All models that people can choose now, in the order of the settings."""
    return [
        ModelChoice(alias, provider, model)
        for alias, provider in providers.items()
        for model in provider.models
    ]


def image_choice(alias: str) -> ModelChoice | None:
    """A model that starts from an image: of the provider `alias`, else the first; or None."""
    choices = [choice for choice in model_choices() if choice.model.needs_image]
    same = (choice for choice in choices if choice.alias == alias)
    return next(same, choices[0] if choices else None)


def provider_name(alias: str, provider: Provider) -> str:
    """The name of the provider for people; the sandbox is marked as not being an AI."""
    return _("Sandbox (stand-in, no AI)") if alias == FREE else provider.label


def size_label(size: str) -> str:
    """`1920x1080 · 16:9`; for image-to-video, the tier."""
    ratio = ratio_of(size)
    return f"{size} · {ratio}" if ratio else size


def model_of(row: Generation) -> VideoModel | None:
    """The model with which a row was requested; None if it is no longer configured."""
    provider = providers.get(row.provider)
    return provider.model(row.model) if provider else None


def prompt_limits(row: Generation) -> tuple[int, int]:
    """The limits, in characters, of prompt and negative prompt for the model of a row."""
    if model := model_of(row):
        return model.prompt_limit, model.negative_prompt_limit
    return PROMPT_LIMIT, NEGATIVE_PROMPT_LIMIT


def price_of(row: Generation) -> Decimal | None:
    """What the same request would cost now; its old price if the model is not configured."""
    model = model_of(row)
    return price(row.provider, model, row.size) if model else row.price
