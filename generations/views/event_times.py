"""Since when rows are in their state, and for how long: one query for all cards of a page."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from uuid import UUID

from django.db.models import UUIDField
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from ..creation import estimates
from ..models import Event, Generation, Status
from ..models.compiled_query import CompiledQuery, parameters
from ..providers.base import RemoteState


class EventTimes:
    """When the open ones of `rows` came into their states, and how long they usually take.

    Asked when a card shows it, once for all.
    """

    def __init__(self, rows: Iterable[Generation]) -> None:
        self.pks = [row.pk for row in rows if row.is_open]
        self.usual = cache(estimates.estimate_duration)

    @cached_property
    def began(self) -> dict[tuple[UUID, str], datetime]:
        pks = {f"pk{number}": pk for number, pk in enumerate(self.pks)}
        moves = _moves(len(pks)).tuples(**pks) if pks else ()
        return {(pk, kind): at for pk, kind, at in moves}

    def since(self, row: Generation) -> datetime | None:
        """When the current state of `row` began; None at the end."""
        if not row.is_open:
            return None
        generating = row.status == Status.RUNNING and row.remote_state == RemoteState.RUNNING
        if generating and (started := reported_start(row)):
            return started
        return self.began.get((row.pk, row.status)) or row.submitted_at or row.created


@lru_cache
def _moves(count: int) -> CompiledQuery[Event]:
    rows = Event.objects.filter(generation__pk__in=parameters("pk", UUIDField(), count))
    columns = rows.order_by("at", "id").values_list("generation_id", "kind", "at")
    return CompiledQuery(columns)


def reported_start(row: Generation) -> datetime | None:
    """When the service began, if that is possible: clocks differ, and its zone may be a guess."""
    started = reported_time(row, "started_at")
    earliest = (row.submitted_at or row.created) - timedelta(minutes=1)
    return started if started and earliest <= started <= timezone.now() else None


def reported_time(row: Generation, name: str) -> datetime | None:
    """A time that the service reported; None if it is not valid."""
    try:
        moment = parse_datetime(str(row.provider_data.get(name) or ""))
    except ValueError:
        return None
    return moment if moment and is_aware(moment) else None


def reported_stays(row: Generation) -> list[tuple[str, float]]:
    """How many seconds it stood in the service's queue and was in the making, where told."""
    queued, started, ended = (
        reported_time(row, name) for name in ("queued_at", "started_at", "ended_at")
    )
    lengths = [
        (_("In the provider's queue"), queued, started),
        (_("In the making"), started, ended),
    ]
    if not started:
        lengths = [(_("At the provider"), queued, ended)]
    known = [(name, end - begin) for name, begin, end in lengths if begin and end]
    return [(name, length.total_seconds()) for name, length in known if length >= timedelta()]
