"""Looks for lost submits: is an unconfirmed row among the tasks that its provider lists?

A provider that lists its tasks (DashScope) returns no identifier that we sent. A match is proven by
the original prompt, which it reports when a task has succeeded. For each row: list the tasks of its
model around its submit, drop those that belong to rows, poll the rest, and adopt the one with our
prompt. Anything that proves nothing is logged for staff.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..models import LEASE, UPLOAD_LEASE, EventKind, Generation, Status, SubmitThrottle
from ..models.backoff import SEARCH_RETRY, exponential_backoff
from ..providers import providers
from ..providers.base import Provider, RemoteState, RemoteTask
from ..text import truncate
from .call_pool import CallResult, ProviderCallPool

log = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(seconds=5)
WINDOW = LEASE[Status.SUBMITTING] + UPLOAD_LEASE + CLOCK_SKEW  # the longest time of a submit
LISTED_LATEST_BY = timedelta(minutes=2)  # before this, an empty list proves nothing
GIVE_UP_AFTER = timedelta(minutes=10)  # if no candidate is running at the provider
MAX_STARTED = 4  # searches per round
MAX_PAUSE = timedelta(minutes=2)
FINAL = frozenset({RemoteState.SUCCEEDED, RemoteState.FAILED, RemoteState.GONE})
NO_ANSWER = RemoteTask(state=RemoteState.PENDING)  # a task that cannot be polled delays none


@dataclass
class Reconciliation:
    """The search for one row: the listed tasks without a row that are not polled yet."""

    row: Generation
    tasks: dict[str, RemoteTask]
    missing: set[str]


class Reconciler:
    """The searches of one poller. It keeps what finished tasks reported, which does not change."""

    def __init__(self) -> None:
        self.open: dict[UUID, Reconciliation | None] = {}
        self.finished: dict[str, RemoteTask] = {}

    def due_providers(self, now: datetime) -> list[str]:
        due = Generation.objects.unconfirmed().due(now).order_by()
        return list(due.values_list("provider", flat=True).distinct())

    def start(self, pool: ProviderCallPool, now: datetime) -> None:
        """Begin searches for due rows, within the provider's rate."""
        due = Generation.objects.unconfirmed().due(now).filter(provider=pool.alias)
        limit = min(MAX_STARTED, pool.capacity())
        for row in due.exclude(pk__in=self.open).order_by("due_at")[:limit]:
            since, until = window(row)
            self.open[row.pk] = None
            list_ids = partial(pool.provider.list_task_ids, row.model, since, until)
            pool.call("list", ("list", row.pk), (row, row.pk), list_ids)

    def give_up(self, alias: str, now: datetime) -> None:
        """Leave due rows to staff: their provider cannot list tasks."""
        for row in Generation.objects.unconfirmed().due(now).filter(provider=alias):
            leave_to_staff(row, "the service cannot be asked for a list of its tasks", {})

    def apply(self, pool: ProviderCallPool, result: CallResult) -> None:
        """Apply one result. An unexpected exception ends the search; the next one begins later."""
        row, key = result.subject
        pool.done((result.kind, key), result.error)
        apply = self._apply_list if result.kind == "list" else self._apply_task
        try:
            with transaction.atomic():
                apply(pool, result)
        except Exception:
            log.exception("the search for %s failed", row.pk)
            self._retry_later(row)

    def _apply_list(self, pool: ProviderCallPool, result: CallResult) -> None:
        row, _ = result.subject
        if result.error is not None:
            self._retry_later(row)
            return
        owned = owned_ids(result.value)
        candidates = [remote_id for remote_id in result.value if remote_id not in owned]
        tasks = {key: self.finished[key] for key in candidates if key in self.finished}
        missing = set(candidates) - set(tasks)
        self.open[row.pk] = search = Reconciliation(row, tasks, set(missing))
        for remote_id in missing:
            poll = partial(pool.provider.poll, remote_id, row.model)
            pool.call("candidate", ("candidate", remote_id), (row, remote_id), poll)
        if not missing:
            self._decide(search, pool.provider)

    def _apply_task(self, pool: ProviderCallPool, result: CallResult) -> None:
        row, remote_id = result.subject
        unknown = result.error is not None or not result.value.confirmed
        task = NO_ANSWER if unknown else result.value
        if task.state in FINAL and task.state != RemoteState.GONE:  # which may be for a while
            self.finished[remote_id] = task
        search = self.open.get(row.pk)
        if search is None:
            return
        search.missing.discard(remote_id)
        search.tasks[remote_id] = task
        if not search.missing:
            self._decide(search, pool.provider)

    def _decide(self, search: Reconciliation, provider: Provider) -> None:
        """Adopt a proven match; else search again, or leave the row to staff."""
        row, tasks, now = search.row, search.tasks, timezone.now()
        unfinished = [key for key, task in tasks.items() if task.state not in FINAL]
        self.open.pop(row.pk, None)
        matches = matching(row, tasks)
        if is_ambiguous(row, tasks, matches):
            leave_to_staff(row, "more than one task fits", tasks)
        elif matches:
            adopt_first(row, matches, provider)
        elif unfinished or age(row, now) < GIVE_UP_AFTER:
            if not tasks and age(row, now) > LISTED_LATEST_BY:
                log_search_once(row, "the service lists nothing for this time", tasks)
            self._retry_later(row)
        else:
            leave_to_staff(row, "nothing in the service's list proves to be this one", tasks)

    def _retry_later(self, row: Generation) -> None:
        self.open.pop(row.pk, None)
        pause = min(exponential_backoff(row.attempts, SEARCH_RETRY), MAX_PAUSE)
        due_at = None if row.is_expired_remotely else timezone.now() + pause
        row.transition(Status.UNCONFIRMED, due_at=due_at, attempts=row.attempts + 1)


def window(row: Generation) -> tuple[datetime, datetime]:
    """When the provider may have accepted this row."""
    sent = row.submitted_at or row.created
    return sent - CLOCK_SKEW, sent + row.submit_lease + CLOCK_SKEW


def age(row: Generation, now: datetime) -> timedelta:
    return now - (row.submitted_at or row.created)


def owned_ids(remote_ids: list[str]) -> set[str]:
    """The IDs that belong to a row of any alias, because aliases may share an account."""
    aliases = set(SubmitThrottle.objects.values_list("provider", flat=True))
    rows = Generation.objects.filter(provider__in=aliases, remote_id__in=remote_ids)
    return {remote_id for remote_id in rows.values_list("remote_id", flat=True) if remote_id}


def sent_prompt(row: Generation) -> str:
    """What was sent, without blanks at its ends: cutting may leave one, the list has none."""
    model = providers[row.provider].model(row.model)
    return (truncate(row.prompt, model.prompt_limit) if model else row.prompt).strip()


def matching(row: Generation, tasks: dict[str, RemoteTask]) -> list[str]:
    """Finished tasks that have our prompt, and our size as far as the provider reports one."""
    prompt = sent_prompt(row)
    return [
        remote_id
        for remote_id, task in tasks.items()
        if prompt and task.provider_data.get("orig_prompt") == prompt and size_fits(task, row)
    ]


def size_fits(task: RemoteTask, row: Generation) -> bool:
    """False if the provider reports another size. A video from an image has the image's size."""
    size = reported_size(task)
    return not size or size == row.size or row.is_image_to_video


def reported_size(task: RemoteTask) -> str:
    """The size that a finished task reports, in our spelling; empty if it reports none.

    `usage.video_ratio` holds a size, not a ratio, and other words at times (2026-09).
    """
    usage = task.provider_data.get("usage")
    size = str(usage.get("video_ratio", "")) if isinstance(usage, dict) else ""
    return size.replace("*", "x") if size.replace("*", "").isdigit() else ""


def is_ambiguous(row: Generation, tasks: dict[str, RemoteTask], matches: list[str]) -> bool:
    """True if a match may belong to another unconfirmed row with the same prompt."""
    since, until = window(row)
    others = Generation.objects.filter(model=row.model, prompt=row.prompt, remote_id=None)
    others = others.filter(submitted_at__range=(since - WINDOW, until))
    different = [other for other in others if request_settings(other) != request_settings(row)]
    return any(size_fits(tasks[match], other) for match in matches for other in different)


def request_settings(row: Generation) -> tuple[Any, ...]:
    """What tells two requests with the same prompt apart; the image by its content."""
    image = row.source_url or row.provider_data.get("picture_sha256") or row.source_image.name
    return row.size, row.seed, row.negative_prompt, row.prompt_extend, row.watermark, image


def adopt_first(row: Generation, matches: list[str], provider: Provider) -> None:
    """Give the row the first match that no other row has taken."""
    owned = owned_ids(matches)
    for remote_id in [match for match in matches if match not in owned]:
        try:
            with transaction.atomic():
                adopted = row.mark_running(
                    remote_id, endpoint=provider.endpoint, due_at=timezone.now()
                )
        except IntegrityError:
            continue
        if adopted:
            row.log_event(EventKind.FOUND, note=remote_id)
            log.info("found %s as %s", row.pk, remote_id)
        return


def leave_to_staff(row: Generation, why: str, tasks: dict[str, RemoteTask]) -> None:
    row.transition(Status.UNCONFIRMED, due_at=None)
    log_search_once(row, why, tasks)


def log_search_once(row: Generation, why: str, tasks: dict[str, RemoteTask]) -> None:
    """Log the tasks in the list for staff, who can attach one of their IDs."""
    listed = [{"id": key, "state": task.state} for key, task in tasks.items()]
    row.log_event_once(EventKind.SEARCHED, note=why, data={"listed": listed})
