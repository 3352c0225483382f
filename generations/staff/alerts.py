"""Alerts: what staff should look at now, and the mails about it."""

from collections.abc import Callable, Iterator
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
from ..providers.base import RemoteState
from ..providers.errors import ErrorCode
from .mail import is_resting, mail_staff, note_failure

OVERDUE = timedelta(minutes=2)
REPEAT_AFTER = timedelta(hours=6)
SHOWN = 50
WORDS_SINCE = timedelta(days=7)
LOST_SINCE = timedelta(days=7)  # of rows that were certainly billed
FAULTS_SINCE = timedelta(days=1)
UNSAVED_FOR = timedelta(hours=1)  # since the submit; the services keep a video for 24 hours


def nobody_works() -> bool:
    """True if a row could have been sent two minutes ago and was not.

    Rows whose throttle is paused, must wait or has no free slot are not counted.
    """
    now = timezone.now()
    before = now - OVERDUE
    waiting = Generation.objects.queued().filter(due_at__lte=before).order_by()
    throttles = set(waiting.values_list("provider", "model").distinct())
    if not throttles:
        return False
    closed = SubmitThrottle.objects.exclude(pk__in=SubmitThrottle.objects.ready(before))
    throttles -= set(closed.values_list("provider", "model"))
    places = Generation.objects.occupying_slots(now).count_by_throttle()
    return any(places.get(throttle, 0) < places_of(throttle[0]) for throttle in throttles)


def places_of(alias: str) -> int:
    """How many tasks the service runs at the same time; 0 if it is not configured."""
    provider = providers.get(alias)
    return provider.max_open if provider else 0


def unknown_words() -> list[Event]:
    """Unknown state words of the last week."""
    since = timezone.now() - WORDS_SINCE
    events = Event.objects.filter(kind=EventKind.UNKNOWN_WORD, at__gte=since).order_by("-at")
    return list(events.select_related("generation")[:SHOWN])


def unsaved() -> GenerationQuerySet:
    """Finished videos that cannot be saved: each is lost 24 hours after its submit."""
    sent_before = timezone.now() - UNSAVED_FOR
    return Generation.objects.storing().filter(
        error_code=ErrorCode.SAVE, submitted_at__lt=sent_before
    )


def lost(since: timedelta = LOST_SINCE) -> GenerationQuerySet:
    """Failed rows whose video the service may have made, until the bill is checked.

    Rows that were certainly billed are listed for the time `since`.
    """
    made = Q(error_code=ErrorCode.EXPIRED) | Q(remote_state=RemoteState.SUCCEEDED)
    billed = Q(billed=BillingState.YES, finished_at__gt=timezone.now() - since)
    return Generation.objects.failed().filter(made & (Q(billed=BillingState.UNKNOWN) | billed))


def not_accepted(since: timedelta = FAULTS_SINCE) -> GenerationQuerySet:
    """Requests whose settings the service refused: the form should not have offered them."""
    lately = timezone.now() - since
    return Generation.objects.failed().filter(error_code=ErrorCode.INPUT, finished_at__gt=lately)


def unreachable() -> list[SubmitThrottle]:
    """Throttles that have failed for minutes and have waiting rows, with their last failure."""
    throttles = SubmitThrottle.objects.in_outage().order_by("provider", "model")
    queued = Generation.objects.queued()
    return [
        throttle
        for throttle in throttles
        if queued.for_throttle(throttle.provider, throttle.model).exists()
    ][:SHOWN]


def refused_polls() -> GenerationQuerySet:
    """Running rows that the key may not poll: their videos cannot be downloaded."""
    return Generation.objects.running().filter(error_code=ErrorCode.POLL)


# The sections of the attention list: each function returns at most fifty rows, most urgent first.
ALERTS: dict[str, Callable[[], list[Any]]] = {
    "paused": lambda: list(SubmitThrottle.objects.paused().order_by("provider", "model")[:SHOWN]),
    "unreachable": unreachable,
    "refused_polls": lambda: in_full(refused_polls().order_by("submitted_at")),
    "unconfirmed": lambda: in_full(Generation.objects.unconfirmed().order_by("submitted_at")),
    "storing": lambda: in_full(Generation.objects.storing().order_by("submitted_at")),
    "lost": lambda: in_full(lost().order_by("-finished_at")),
    "late": lambda: in_full(Generation.objects.late().order_by("submitted_at")),
    "faults": lambda: in_full(not_accepted().order_by("-finished_at")),
    "words": unknown_words,
}


def attention_count() -> str:
    """The number of entries on the attention list; with `+` if a section is cut off."""
    found = [len(find()) for find in ALERTS.values()]
    return f"{sum(found) + nobody_works()}{'+' if SHOWN in found else ''}"


def in_full(rows: Any) -> list[Generation]:
    return list(rows.select_related("owner")[:SHOWN])


def tell_staff(subject: str, body: str, now: datetime | None = None) -> bool:
    """Mail the administrators about one `subject`, at most once in six hours.

    False if they were told recently. Raises OSError if the mail server fails: then nobody was told.
    """
    now = now or timezone.now()
    if Event.objects.filter(kind=EventKind.TOLD, note=subject, at__gt=now - REPEAT_AFTER).exists():
        return False
    mail_staff(subject, body)
    Event.objects.create(kind=EventKind.TOLD, note=subject)
    return True


def mail_alerts() -> None:
    """Mail new alerts. Called by housekeeping; a mail that fails is sent by the next run.

    In English, like logs. Without mail nothing is queried: the attention list shows everything.
    """
    if not settings.WANSTUDIO_MAIL or not settings.ADMINS or is_resting():
        return
    with override("en"):
        try:
            for subject, body in alerts_to_mail():
                tell_staff(subject, body)
        except OSError as error:  # SMTP's own errors are of this kind
            note_failure(error)


def alerts_to_mail() -> Iterator[tuple[str, str]]:
    """Subject and body of all current alerts, whether mailed before or not."""
    for throttle in SubmitThrottle.objects.paused():
        yield (
            _("%(throttle)s is paused") % {"throttle": throttle},
            throttle.pause_detail or throttle.pause_code,
        )
    for throttle in unreachable():
        yield _("Sending to %(throttle)s fails") % {"throttle": throttle}, throttle.pause_detail
    for find, subject, body in ROWS_TO_MAIL:
        if count := find()[:100].count():
            yield str(subject), str(body) % {"count": count}
    for event in unknown_words():
        subject = _("Unknown state word: %(word)s") % {"word": event.note[:60]}
        yield " ".join(subject.split()), str(event.generation_id)


# Rows, subject of the mail, and its body.
ROWS_TO_MAIL: tuple[tuple[Callable[[], GenerationQuerySet], Any, Any], ...] = (
    (
        lambda: Generation.objects.unconfirmed().filter(due_at=None),
        gettext_lazy("Generations could not be confirmed"),
        gettext_lazy("%(count)d generations need a decision about their bill."),
    ),
    (
        refused_polls,
        gettext_lazy("The key does not allow polling"),
        gettext_lazy("The provider does not allow the key to poll %(count)d generations."),
    ),
    (
        unsaved,
        gettext_lazy("Finished videos cannot be saved"),
        gettext_lazy("%(count)d videos wait to be saved. Services keep them for 24 hours only."),
    ),
    (
        lambda: lost(REPEAT_AFTER),
        gettext_lazy("Videos were lost"),
        gettext_lazy("%(count)d generations ended without their video and may have been billed."),
    ),
    (
        Generation.objects.late,
        gettext_lazy("Generations are late"),
        gettext_lazy("%(count)d generations take much longer than usual."),
    ),
    (
        lambda: not_accepted(REPEAT_AFTER),
        gettext_lazy("Settings were refused"),
        gettext_lazy("A service refused the settings of %(count)d generations; others would fail."),
    ),
)
