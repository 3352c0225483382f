"""What the configured services offer, as the form and its page need it."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import providers
from ..providers.base import IMAGE_TO_VIDEO, TEXT_TO_VIDEO, Provider, VideoModel
from .pricing import FREE, price, tier, usd

OPTIONS = ("negative_prompt", "seed", "prompt_extend", "watermark")

MODES = {
    TEXT_TO_VIDEO: gettext_lazy("Text to video"),
    IMAGE_TO_VIDEO: gettext_lazy("Image to video"),
}

# The ratios as people call them; to the pixel, 832x480 is 26:15 and 1632x1248 is 17:13.
RATIOS = {
    "832x480": "16:9",
    "480x832": "9:16",
    "624x624": "1:1",
    "1920x1080": "16:9",
    "1080x1920": "9:16",
    "1440x1440": "1:1",
    "1632x1248": "4:3",
    "1248x1632": "3:4",
}

# The 1080P size of the same shape.
LARGER = {"832x480": "1920x1080", "480x832": "1080x1920", "624x624": "1440x1440"}


@dataclass(frozen=True)
class ModelChoice:
    """One model of one configured service."""

    alias: str
    provider: Provider
    model: VideoModel

    @property
    def value(self) -> str:
        return f"{self.alias}/{self.model.id}"

    @property
    def label(self) -> str:
        """Service and model; the alias too where two accounts of one service are set up."""
        mode = str(MODES[self.model.mode])
        service = service_name(self.alias, self.provider)
        if self.alias == FREE:
            return f"{service} · {mode}"
        same = [one for one in providers.providers.values() if one.label == self.provider.label]
        if len(same) > 1:
            service = f"{service} ({self.alias})"
        return f"{service} · {self.model.label} · {mode}"

    @property
    def size_field(self) -> str:
        return "resolution" if self.model.needs_image else "size"

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The sizes by tier, as a select element groups them: (label, [(size, label)])."""
        tiers: dict[str, list[tuple[str, str]]] = {}
        for size in self.model.sizes:
            tiers.setdefault(tier(size), []).append((size, size_label(size)))
        return [(self.tier_label(name, sizes[0][0]), sizes) for name, sizes in tiers.items()]

    @property
    def choices(self) -> list[Any]:
        """Grouped for text-to-video; a plain list where each tier is one size."""
        if not self.model.needs_image:
            return self.groups
        return [(size, self.tier_label(size, size)) for size in self.model.sizes]

    def tier_label(self, name: str, size: str) -> str:
        amount = price(self.alias, self.model, size)
        if not amount:
            return name
        return _("%(tier)s · about %(price)s a video") % {"tier": name, "price": usd(amount)}

    @property
    def refuses(self) -> dict[str, str]:
        """Option -> why it cannot be set."""
        reasons = why_not()
        return {name: reasons[name] for name in OPTIONS if name not in self.model.accepts}

    @property
    def prices(self) -> dict[str, str]:
        """Size -> its price as people read it, for sizes that have one."""
        amounts = {size: price(self.alias, self.model, size) for size in self.model.sizes}
        return {size: usd(amount) for size, amount in amounts.items() if amount}


def offers() -> list[ModelChoice]:
    """All models that can be asked for now, in the order of the settings."""
    return [ModelChoice(*line) for line in providers.catalogue()]


def service_name(alias: str, provider: Provider) -> str:
    """The service as people read it: names stay, and the stand-in is said to be one."""
    return _("Sandbox (stand-in, no AI)") if alias == FREE else provider.label


def why_not() -> dict[str, str]:
    return {
        "negative_prompt": _("This model takes no negative prompt."),
        "seed": _("This model takes no seed."),
        "prompt_extend": _("This model does not offer to improve the prompt."),
        "watermark": _("This provider does not offer it."),
    }


def size_label(size: str) -> str:
    """`1920x1080 · 16:9`; a tier is its own label."""
    ratio = shape(size)
    return f"{size} · {ratio}" if ratio else size


def shape(size: str) -> str:
    """The ratio of a size; empty for a tier, whose video keeps the picture's shape."""
    width, x, height = size.partition("x")
    if size in RATIOS or not x:
        return RATIOS.get(size, "")
    part = gcd(int(width), int(height))
    return f"{int(width) // part}:{int(height) // part}"
