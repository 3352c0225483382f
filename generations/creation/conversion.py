"""Requests for files that a worker makes from finished videos."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy

from ..models import Conversion, ConversionKind, Generation
from ..worker.task_queue import enqueue

MAX_CLIPS = 50
MAX_OPEN = 5  # per person at the same time

# Why no file was made. `place` counts the clips from 1.
PROBLEMS = {
    "size": gettext_lazy("Clip %(place)d differs in size from the first one."),
    "kind": gettext_lazy(
        "Clip %(place)d is encoded differently from the first one. Clips are not encoded again."
    ),
    "gone": gettext_lazy("Clip %(place)d no longer exists."),
    "damaged": gettext_lazy("Clip %(place)d cannot be read."),
    "room": gettext_lazy("There is not enough room on the disk. Please tell the administrator."),
    "few": gettext_lazy("Choose two to %(most)d clips to join."),
    "many": gettext_lazy("Your earlier files are not ready yet. Try again when they are."),
}
OTHERWISE = gettext_lazy("The file could not be made. Please try again later.")


class ConversionRefusedError(Exception):
    """Nothing was enqueued. `str()` is a message for the person."""


def problem(reason: str, place: int = 0) -> str:
    """The message for a reason why no file was made."""
    sentence = PROBLEMS.get(reason, OTHERWISE)
    return str(sentence) % {"place": place, "most": MAX_CLIPS}


def request_conversion(user: User, kind: ConversionKind, pks: Sequence[UUID]) -> Conversion:
    """Enqueue a conversion for a worker. Raises `ConversionRefusedError`.

    Sizes are compared here, so that people see at once which clip does not fit. The encoding is
    only known when the clips are opened.
    """
    if kind == ConversionKind.JOIN:
        _check_clips(user, pks)
    with transaction.atomic():
        if Conversion.objects.owned_by(user).open().count() >= MAX_OPEN:
            raise ConversionRefusedError(problem("many"))
        sources = [str(pk) for pk in pks]
        row = Conversion.objects.create(owner=user, kind=kind, sources=sources)
        enqueue("convert_next")
    return row


def _check_clips(user: User, pks: Sequence[UUID]) -> None:
    if not 2 <= len(pks) <= MAX_CLIPS:
        raise ConversionRefusedError(problem("few"))
    found = Generation.objects.visible_to(user).in_bulk(pks)
    for place, pk in enumerate(pks, 1):
        if pk not in found:
            raise ConversionRefusedError(problem("gone", place))
        first, row = found[pks[0]], found[pk]
        if (row.width, row.height) != (first.width, first.height):
            raise ConversionRefusedError(problem("size", place))
