"""Several videos from one request: one prompt per line, with variations and takes.

`{a|b}` in a line makes one prompt with `a` and one with `b`.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.utils.translation import gettext as _

from ..providers.base import SEED_MAX
from ..text import normalize

MAX_TAKES = 4
MAX_VIDEOS = 20  # takes times prompts
CHOICE = re.compile(r"\{([^{}]*)\}")


@dataclass
class PromptList:
    """The prompts of a text, and `problems`: one message for each wrong line."""

    prompts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class LineError(Exception):
    """A line makes no prompt. `str()` says why, with its number."""


def prompts_of(text: str, limit: int) -> PromptList:
    """The prompts of all non-empty lines, without duplicates, none longer than `limit`."""
    found, origins = PromptList(), dict[str, int]()
    for number, line in enumerate(text.split("\n"), 1):
        try:
            for prompt in _variations(number, line):
                _check(number, prompt, limit, origins)
                origins[prompt] = number
        except LineError as error:
            found.problems.append(str(error))
    found.prompts = list(origins)
    return found


def _variations(number: int, line: str) -> Iterator[str]:
    if not normalize(line):
        return iter(())
    parts = CHOICE.split(line)  # text and choices alternate
    if any("{" in text or "}" in text for text in parts[::2]):
        raise LineError(_("Line %(n)d has a brace without its partner.") % {"n": number})
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    if any(len(choice) < 2 for choice in choices[1::2]):
        raise LineError(_("Line %(n)d: write a choice as {one|other}.") % {"n": number})
    if math.prod(map(len, choices)) > MAX_VIDEOS:
        words = {"n": number, "most": MAX_VIDEOS}
        raise LineError(_("Line %(n)d makes more than %(most)d prompts.") % words)
    return (normalize("".join(one)) for one in product(*choices))


def _check(number: int, prompt: str, limit: int, origins: dict[str, int]) -> None:
    words = {"n": number, "limit": limit, "first": origins.get(prompt)}
    if not prompt:
        raise LineError(_("Line %(n)d makes a prompt without text.") % words)
    if len(prompt) > limit:
        raise LineError(
            _("Line %(n)d is longer than the %(limit)d characters that are sent.") % words
        )
    if prompt in origins:
        raise LineError(_("Line %(n)d makes the same prompt as line %(first)d.") % words)


def seeds_of_takes(seed: int | None, count: int) -> list[int | None]:
    """The seed and the next ones, starting again at 0 after the largest. Blank stays blank."""
    if seed is None:
        return [None] * count
    return [(seed + take) % (SEED_MAX + 1) for take in range(count)]


def takes_of(asks: Iterable[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Each of `asks`, `count` times."""
    return [ask | {"seed": seed} for ask in asks for seed in seeds_of_takes(ask["seed"], count)]
