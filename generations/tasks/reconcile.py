"""Finding what got lost: is an unconfirmed row among the tasks that its service lists?

A service that lists its tasks (DashScope) echoes nothing of ours. What proves a match is the
original prompt, which it tells once a task has succeeded. So for each row: list the tasks of
its model around its submit, drop those that rows own, poll the rest, and adopt the one that
carries our words. What proves nothing is written down for staff.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import LEASE, EventKind, Generation, Status, SubmitThrottle
from ..models.backoff import exponential_backoff
from ..providers import providers
from ..providers.base import Provider, RemoteState, RemoteTask
from ..text import truncate
from .call_pool import CallResult, ProviderCallPool

log = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(seconds=5)
WINDOW = LEASE[Status.SUBMITTING] + CLOCK_SKEW
LISTED_LATEST_BY = timedelta(minutes=2)  # an empty list before this says nothing
SEARCHED_FOR = timedelta(minutes=10)  # with no candidate still running there
LOOKS_AT_ONCE = 4
FINAL = frozenset({RemoteState.SUCCEEDED, RemoteState.FAILED, RemoteState.GONE})
NO_ANSWER = RemoteTask(state=RemoteState.PENDING)  # one that cannot be asked keeps none waiting


@dataclass
class Reconciliation:
    """One row's search: what the listed tasks nobody owns say, and which are still asked."""

    row: Generation
    listed: dict[str, RemoteTask]
    missing: set[str]


class Reconciler:
    """The searches of one watch. What finished tasks said is remembered: it does not change."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows
        self.open: dict[UUID, Reconciliation | None] = {}
        self.known: dict[str, RemoteTask] = {}

    def due_services(self, now: datetime) -> list[str]:
        due = self.rows.unconfirmed().due(now).order_by()
        return list(due.values_list("provider", flat=True).distinct())

    def look(self, desk: ProviderCallPool, now: datetime) -> None:
        """Begin a search for rows that are due, as far as the service's rate allows."""
        due = self.rows.unconfirmed().due(now).filter(provider=desk.alias).exclude(pk__in=self.open)
        for row in due.order_by("due_at")[: min(LOOKS_AT_ONCE, desk.room())]:
            since, until = window(row)
            self.open[row.pk] = None
            find = partial(desk.provider.list_task_ids, row.model, since, until)
            desk.call("find", ("find", row.pk), (row, row.pk), find)

    def give_up(self, alias: str, now: datetime) -> None:
        """Leave rows that are due to a person: their service cannot be asked for a list."""
        for row in self.rows.unconfirmed().due(now).filter(provider=alias):
            give_to_staff(row, "the service cannot be asked for a list of its tasks", {})

    def apply(self, desk: ProviderCallPool, answer: CallResult) -> None:
        """Take an answer. A surprise ends this search; the row's next one begins anew, later."""
        row, key = answer.subject
        desk.done((answer.kind, key), answer.error)
        try:
            with transaction.atomic():
                self._listed(desk, answer) if answer.kind == "find" else self._looked(desk, answer)
        except Exception:
            log.exception("the search for %s failed", row.pk)
            self._put_off(row)

    def _listed(self, desk: ProviderCallPool, answer: CallResult) -> None:
        row, _ = answer.subject
        if answer.error is not None:
            self._put_off(row)
            return
        taken = owned(answer.result)
        candidates = [remote_id for remote_id in answer.result if remote_id not in taken]
        listed = {key: self.known[key] for key in candidates if key in self.known}
        missing = set(candidates) - set(listed)
        self.open[row.pk] = search = Reconciliation(row, listed, set(missing))
        for remote_id in missing:
            look = partial(desk.provider.poll, remote_id, row.model)
            desk.call("look", ("look", remote_id), (row, remote_id), look)
        if not missing:
            self._decide(search, desk.provider)

    def _looked(self, desk: ProviderCallPool, answer: CallResult) -> None:
        row, remote_id = answer.subject
        task = NO_ANSWER if answer.error is not None else answer.result
        if task.state in FINAL:
            self.known[remote_id] = task
        search = self.open.get(row.pk)
        if search is None:
            return
        search.missing.discard(remote_id)
        search.listed[remote_id] = task
        if not search.missing:
            self._decide(search, desk.provider)

    def _decide(self, search: Reconciliation, provider: Provider) -> None:
        """Adopt what is proven ours; else look again, or leave it to a person."""
        row, listed, now = search.row, search.listed, timezone.now()
        unfinished = [key for key, task in listed.items() if task.state not in FINAL]
        self.open.pop(row.pk, None)
        matches = matching(row, listed)
        if is_ambiguous(row, listed, matches):
            give_to_staff(row, "more than one task fits", listed)
        elif matches:
            adopt_first(row, matches, provider)
        elif unfinished or age(row, now) < SEARCHED_FOR:
            self._look_again(row, listed, now)
        else:
            give_to_staff(row, "nothing in the service's list proves to be this one", listed)

    def _look_again(self, row: Generation, listed: dict[str, RemoteTask], now: datetime) -> None:
        if not listed and age(row, now) > LISTED_LATEST_BY:
            note_once(row, "the service lists nothing for this time", listed)
        self._put_off(row)

    def _put_off(self, row: Generation) -> None:
        self.open.pop(row.pk, None)
        pause = min(exponential_backoff(row.attempts, first=5), timedelta(minutes=2))
        due_at = None if row.is_expired_remotely else timezone.now() + pause
        row.transition(Status.UNCONFIRMED, due_at=due_at, attempts=row.attempts + 1)


def window(row: Generation) -> tuple[datetime, datetime]:
    """When the service may have accepted this row."""
    sent = row.submitted_at or row.created
    return sent - CLOCK_SKEW, sent + WINDOW


def age(row: Generation, now: datetime) -> timedelta:
    return now - (row.submitted_at or row.created)


def owned(remote_ids: list[str]) -> set[str]:
    """Which of these belong to a row: of any alias, since several may share one account."""
    aliases = set(SubmitThrottle.objects.values_list("provider", flat=True))
    rows = Generation.objects.filter(provider__in=aliases, remote_id__in=remote_ids)
    return set(rows.values_list("remote_id", flat=True))


def sent_prompt(row: Generation) -> str:
    """What left, without blanks at its ends: a cut may leave one, the echo is read without."""
    model = providers[row.provider].model(row.model)
    return (truncate(row.prompt, model.prompt_limit) if model else row.prompt).strip()


def matching(row: Generation, listed: dict[str, RemoteTask]) -> list[str]:
    """Finished tasks that carry our words, and our size as far as the service tells one."""
    prompt = sent_prompt(row)
    return [
        remote_id
        for remote_id, task in listed.items()
        if prompt and task.provider_data.get("orig_prompt") == prompt and may_be(task, row)
    ]


def may_be(task: RemoteTask, row: Generation) -> bool:
    """False if the size it tells is another. A video made from a picture has the picture's."""
    told = told_size(task)
    return not told or told == row.size or row.is_image_to_video


def told_size(task: RemoteTask) -> str:
    """The size that a finished task reports, in our spelling; empty if it reports none.

    `usage.video_ratio` holds a size, not a ratio, and other words at times (2026-09).
    """
    usage = task.provider_data.get("usage")
    told = str(usage.get("video_ratio", "")) if isinstance(usage, dict) else ""
    return told.replace("*", "x") if told.replace("*", "").isdigit() else ""


def is_ambiguous(row: Generation, listed: dict[str, RemoteTask], matches: list[str]) -> bool:
    """A match may be the task of a different ask of ours with the same words."""
    since, until = window(row)
    rivals = Generation.objects.filter(model=row.model, prompt=row.prompt, remote_id=None)
    rivals = rivals.filter(submitted_at__range=(since - WINDOW, until))
    different = [rival for rival in rivals if ask(rival) != ask(row)]
    return any(may_be(listed[match], rival) for match in matches for rival in different)


def ask(row: Generation) -> tuple[Any, ...]:
    """What tells two asks with the same words apart; the picture by what it shows."""
    picture = row.source_url or row.provider_data.get("picture_sha256") or row.source_image.name
    return row.size, row.seed, row.negative_prompt, row.prompt_extend, row.watermark, picture


def adopt_first(row: Generation, matches: list[str], provider: Provider) -> None:
    """The first match that no other row took meanwhile is ours."""
    taken = owned(matches)
    for remote_id in [match for match in matches if match not in taken]:
        try:
            with transaction.atomic():
                ours = row.mark_running(
                    remote_id, endpoint=provider.endpoint, due_at=timezone.now()
                )
        except IntegrityError:
            continue
        if ours:
            row.log_event(EventKind.FOUND, note=remote_id)
            log.info("found %s as %s", row.pk, remote_id)
        return


def give_to_staff(row: Generation, why: str, listed: dict[str, RemoteTask]) -> None:
    row.transition(Status.UNCONFIRMED, due_at=None)
    note_once(row, why, listed)


def note_once(row: Generation, why: str, listed: dict[str, RemoteTask]) -> None:
    """Show staff what the list holds, so that they can attach an id."""
    told = [{"id": key, "state": task.state} for key, task in listed.items()]
    row.log_event_once(EventKind.SEARCHED, note=why, data={"listed": told})
