"""Questions before a request costs money: the same request again, or a text that is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from ..creation.create import fingerprint, fingerprint_of
from ..media import Picture
from ..models import Generation, Status
from ..models.querysets import GenerationQuerySet
from ..providers.base import VideoModel
from ..text import parse_uuid

REPEAT = timedelta(minutes=1)


@dataclass(frozen=True)
class Confirmation:
    """The questions about one request; it passes with `answer`, which is unique to the request."""

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
    repeats = [_("You sent the same request a moment ago. Send it again?")]
    asked = repeats if is_repeated(marks, rows, parse_uuid(previous)) else []
    return Confirmation(asked + cuts(asks[0], model), answer)


def is_repeated(marks: list[str], rows: GenerationQuerySet, pk: UUID | None) -> bool:
    """Whether `pk`, of `rows`, was requested a moment ago by one of `marks`, and may cost."""
    recent = rows.filter(created__gt=timezone.now() - REPEAT)
    may_cost = recent.exclude(status__in=[Status.CANCELED, Status.FAILED])
    last = may_cost.filter(pk=pk).first() if pk else None
    return last is not None and fingerprint_of(last) in marks


# Field -> what is said where its text is longer than the model takes.
CUTS = {
    "prompt": ngettext_lazy(
        "The prompt is longer than the service takes: its last character would be cut.",
        "The prompt is longer than the service takes: its last %(count)d characters would be cut.",
        "count",
    ),
    "negative_prompt": ngettext_lazy(
        "The negative prompt is longer than the service takes: its last character would be cut.",
        "The negative prompt is longer than the service takes: "
        "its last %(count)d characters would be cut.",
        "count",
    ),
}


def cuts(ask: dict[str, Any], model: VideoModel) -> list[str]:
    """A sentence for each text that is longer than `model` takes."""
    limits = {"prompt": model.prompt_limit, "negative_prompt": model.negative_prompt_limit}
    over = {name: len(ask[name]) - limit for name, limit in limits.items()}
    return [CUTS[name] % {"count": count} for name, count in over.items() if count > 0]
