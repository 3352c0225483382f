"""What is asked before a press costs money: the same once more, or a text that would be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..creation.create import fingerprint, fingerprint_of
from ..media import Picture
from ..models import Generation, Status
from ..providers.base import VideoModel
from ..text import parse_uuid

REPEAT = timedelta(minutes=1)


@dataclass(frozen=True)
class Confirmation:
    """The questions about one request; it passes with `answer`, which no other request has."""

    questions: list[str]
    answer: str


def confirmation_of(
    asks: Sequence[dict[str, Any]],
    model: VideoModel,
    *,
    user: User,
    pk: UUID,
    previous: str,
    picture: Picture | None,
) -> Confirmation:
    """What to ask about a press for `asks`; `previous` is an id of the press before it.

    A press that made its row already is asked nothing: it makes no second one.
    """
    marks = [fingerprint(ask, picture) for ask in asks]
    answer = sha256("".join(marks).encode()).hexdigest()
    rows = Generation.objects.owned_by(user)
    made = rows.filter(pk=pk).first()
    if made and fingerprint_of(made) == marks[0]:
        return Confirmation([], answer)
    before = parse_uuid(previous)
    last = rows.filter(pk=before).first() if before else None
    is_same = last and may_cost(last) and fingerprint_of(last) in marks
    repeats = [_("You sent the same a moment ago. Send the same once more?")] if is_same else []
    return Confirmation(repeats + cuts(asks[0], model), answer)


def may_cost(row: Generation) -> bool:
    """It was sent within a minute, and a video may come of it."""
    is_new = row.created > timezone.now() - REPEAT
    return is_new and row.status not in (Status.CANCELED, Status.FAILED)


def cuts(ask: dict[str, Any], model: VideoModel) -> list[str]:
    """A sentence for each text that is longer than `model` takes."""
    over = len(ask["prompt"]) - model.prompt_limit
    sentences = [over_prompt(over)] if over > 0 else []
    over = len(ask["negative_prompt"]) - model.negative_prompt_limit
    return [*sentences, over_negative_prompt(over)] if over > 0 else sentences


def over_prompt(count: int) -> str:
    sentence = ngettext(
        "The prompt is longer than the service takes: its last character would be cut.",
        "The prompt is longer than the service takes: its last %(count)d characters would be cut.",
        count,
    )
    return sentence % {"count": count}


def over_negative_prompt(count: int) -> str:
    sentence = ngettext(
        "The negative prompt is longer than the service takes: its last character would be cut.",
        "The negative prompt is longer than the service takes: "
        "its last %(count)d characters would be cut.",
        count,
    )
    return sentence % {"count": count}
