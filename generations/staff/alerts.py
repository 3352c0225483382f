"""What staff should look at now, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from ..models import BillingState, Event, EventKind, Generation, SubmitThrottle
from ..models.querysets import GenerationQuerySet
from ..providers import providers
from ..providers.base import ErrorCode, RemoteState
from .mail import is_resting, mail_staff, note_failure

OVERDUE = timedelta(minutes=2)
TELL_AGAIN = timedelta(hours=6)
SHOWN = 50
WORDS_SINCE = timedelta(days=7)
LOST_SINCE = timedelta(days=7)  # of those that surely were billed
FAULTS_SINCE = timedelta(days=1)
UNSAVED_FOR = timedelta(hours=1)  # since it was sent; the services keep a video for 24


def nobody_works(now: datetime | None = None) -> bool:
    """True if somebody could have been sent two minutes ago and was not.

    A line that is paused, spaced out or has no free place waits rightly.
    """
    now = now or timezone.now()
    before = now - OVERDUE
    waiting = Generation.objects.queued().filter(due_at__lte=before).order_by()
    lanes = set(waiting.values_list("provider", "model").distinct())
    if not lanes:
        return False
    closed = SubmitThrottle.objects.exclude(pk__in=SubmitThrottle.objects.ready(before))
    lanes -= set(closed.values_list("provider", "model"))
    places = Generation.objects.occupying_slots(now).count_by_throttle()
    return any(places.get(lane, 0) < places_of(lane[0]) for lane in lanes)


def places_of(alias: str) -> int:
    """How many tasks the service runs at once; none if it is not configured."""
    provider = providers.get(alias)
    return provider.max_open if provider else 0


def unknown_words(now: datetime | None = None) -> list[Event]:
    """State words of the last week that no adapter knows."""
    since = (now or timezone.now()) - WORDS_SINCE
    events = Event.objects.filter(kind=EventKind.UNKNOWN_WORD, at__gte=since).order_by("-at")
    return list(events.select_related("generation")[:SHOWN])


def unsaved(now: datetime | None = None) -> GenerationQuerySet:
    """Finished there, and not to be saved here: each is lost 24 hours after it was sent."""
    sent_before = (now or timezone.now()) - UNSAVED_FOR
    late = {"error_code": ErrorCode.SAVE, "submitted_at__lt": sent_before}
    return Generation.objects.storing().filter(**late)


def lost(since: timedelta = LOST_SINCE) -> GenerationQuerySet:
    """Ended without a video that the service may have made: until its bill is settled.

    What surely was billed is shown for as long as `since`.
    """
    made = Q(error_code=ErrorCode.EXPIRED) | Q(remote_state=RemoteState.SUCCEEDED)
    billed = Q(billed=BillingState.YES, finished_at__gt=timezone.now() - since)
    return Generation.objects.failed().filter(made & (Q(billed=BillingState.UNKNOWN) | billed))


def not_accepted(since: timedelta = FAULTS_SINCE) -> GenerationQuerySet:
    """Asks whose settings the service refused: the form should not have offered them."""
    lately = timezone.now() - since
    return Generation.objects.failed().filter(error_code=ErrorCode.INPUT, finished_at__gt=lately)


def unreachable() -> list[SubmitThrottle]:
    """Lines whose rows wait because sending has failed for minutes, with what failed last."""
    lanes = SubmitThrottle.objects.in_outage().order_by("provider", "model")
    queued = Generation.objects.queued()
    return [lane for lane in lanes if queued.for_throttle(lane.provider, lane.model).exists()][
        :SHOWN
    ]


def refused_polls() -> GenerationQuerySet:
    """Sent, and the key may not ask how far they are: their videos cannot be fetched."""
    return Generation.objects.running().filter(error_code=ErrorCode.POLL)


@dataclass(frozen=True)
class Alert:
    """One section of the attention list. `rows` are at most fifty, most urgent first."""

    key: str
    find: Callable[[], list[Any]]


ALERTS = (
    Alert(
        "paused",
        lambda: list(SubmitThrottle.objects.paused().order_by("provider", "model")[:SHOWN]),
    ),
    Alert("unreachable", unreachable),
    Alert(
        "refused_polls",
        lambda: in_full(refused_polls().order_by("submitted_at")),
    ),
    Alert(
        "unconfirmed",
        lambda: in_full(Generation.objects.unconfirmed().order_by("submitted_at")),
    ),
    Alert(
        "storing",
        lambda: in_full(Generation.objects.storing().order_by("submitted_at")),
    ),
    Alert("lost", lambda: in_full(lost().order_by("-finished_at"))),
    Alert(
        "late",
        lambda: in_full(Generation.objects.late().order_by("submitted_at")),
    ),
    Alert(
        "faults",
        lambda: in_full(not_accepted().order_by("-finished_at")),
    ),
    Alert("words", unknown_words),
)


def attention_count() -> str:
    """How much is on the attention list; `+` where it shows but the first of many."""
    found = [len(alert.find()) for alert in ALERTS]
    return f"{sum(found) + nobody_works()}{'+' if SHOWN in found else ''}"


def in_full(rows: Any) -> list[Generation]:
    return list(rows.select_related("owner")[:SHOWN])


def tell_staff(subject: str, body: str, now: datetime | None = None) -> bool:
    """Mail the administrators about one `subject` once in six hours.

    False if they were told lately. Raises OSError if the mail server fails: nobody was told then.
    """
    now = now or timezone.now()
    if Event.objects.filter(kind=EventKind.TOLD, note=subject, at__gt=now - TELL_AGAIN).exists():
        return False
    mail_staff(subject, body)
    Event.objects.create(kind=EventKind.TOLD, note=subject)
    return True


def tell_of_concerns() -> None:
    """Mail what has come up. Called by the sweep; what fails is told by the next one.

    In English, as logs are. Without mail nothing is looked for: the attention list has it all.
    """
    if not settings.WANSTUDIO_MAIL or not settings.ADMINS or is_resting():
        return
    with override("en"):
        try:
            for subject, body in concerns_to_tell():
                tell_staff(subject, body)
        except OSError as error:  # SMTP's own errors are of this kind
            note_failure(error)


def concerns_to_tell() -> Iterator[tuple[str, str]]:
    """Subject and body of each mail that is due, told before or not."""
    for lane in SubmitThrottle.objects.paused():
        yield _("%(lane)s is paused") % {"lane": lane}, lane.pause_detail or lane.pause_code
    for lane in unreachable():
        yield _("Sending to %(lane)s fails") % {"lane": lane}, lane.pause_detail
    for find, subject, body in ROWS_TO_TELL:
        if count := find()[:100].count():
            yield str(subject), str(body) % {"count": count}
    for event in unknown_words():
        subject = _("Unknown state word: %(word)s") % {"word": event.note[:60]}
        yield " ".join(subject.split()), str(event.generation_id)


# Which rows, the subject of the mail, and its body.
ROWS_TO_TELL: tuple[tuple[Callable[[], GenerationQuerySet], Any, Any], ...] = (
    (
        lambda: Generation.objects.unconfirmed().filter(due_at=None),
        gettext_lazy("Generations could not be confirmed"),
        gettext_lazy("%(count)d generations need a decision about their bill."),
    ),
    (
        refused_polls,
        gettext_lazy("Generations may not be asked about"),
        gettext_lazy("The provider refuses to tell how far %(count)d generations are."),
    ),
    (
        unsaved,
        gettext_lazy("Finished videos cannot be saved"),
        gettext_lazy("%(count)d videos wait to be saved. Services keep them for 24 hours only."),
    ),
    (
        lambda: lost(TELL_AGAIN),
        gettext_lazy("Videos were lost"),
        gettext_lazy("%(count)d generations ended without their video and may have been billed."),
    ),
    (
        Generation.objects.late,
        gettext_lazy("Generations are late"),
        gettext_lazy("%(count)d generations take much longer than usual."),
    ),
    (
        lambda: not_accepted(TELL_AGAIN),
        gettext_lazy("Settings were refused"),
        gettext_lazy("A service refused the settings of %(count)d generations; others would fail."),
    ),
)
