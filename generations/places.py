"""Where waiting rows stand with their service, for `wording.state`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from .models import Generation, Lane, Status
from .providers import providers
from .wording import Place


def places_of(rows: Iterable[Generation]) -> dict[UUID, Place]:
    """The place of each row; one query for all, and one more per row that waits."""
    lanes = {(lane.provider, lane.model): lane for lane in Lane.objects.all()}
    return {row.pk: _place(row, lanes.get((row.provider, row.model))) for row in rows}


def place_of(row: Generation) -> Place:
    return places_of([row])[row.pk]


def _place(row: Generation, lane: Lane | None) -> Place:
    provider = providers.get(row.provider)
    label = (provider.label or row.provider) if provider else ""
    if row.status != Status.QUEUED:
        return Place(label=label)
    ahead = Generation.objects.ahead_of(row)
    if lane is None or not lane.paused_until or lane.paused_until <= timezone.now():
        return Place(label=label, ahead=ahead)
    if lane.is_paused:
        return Place(label=label, ahead=ahead, pause_code=lane.pause_code or "access")
    return Place(label=label, ahead=ahead, resting=True)
