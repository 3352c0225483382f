"""What staff should look at now, and how they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import mail_admins
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from .models import Event, Generation, Lane
from .providers import providers

OVERDUE = timedelta(minutes=2)
TELL_AGAIN = timedelta(hours=6)
SHOWN = 50
WORDS_SINCE = timedelta(days=7)


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
    closed = Lane.objects.exclude(pk__in=Lane.objects.passable(before))
    lanes -= set(closed.values_list("provider", "model"))
    held = Generation.objects.holding_a_place(now).order_by()
    counts = held.values_list("provider", "model").annotate(Count("pk"))
    places = {(provider, model): count for provider, model, count in counts}
    return any(places.get(lane, 0) < places_of(lane[0]) for lane in lanes)


def places_of(alias: str) -> int:
    """How many tasks the service runs at once; none if it is not configured."""
    provider = providers.get(alias)
    return provider.max_open if provider else 0


def unknown_words(now: datetime | None = None) -> list[Event]:
    """State words of the last week that no adapter knows."""
    since = (now or timezone.now()) - WORDS_SINCE
    events = Event.objects.filter(kind="unknown_word", at__gte=since).order_by("-at")
    return list(events.select_related("generation")[:SHOWN])


@dataclass(frozen=True)
class Concern:
    """One section of the attention list. `rows` are at most fifty, most urgent first."""

    key: str
    title: Any
    find: Callable[[], list[Any]]


CONCERNS = (
    Concern(
        "paused",
        gettext_lazy("Paused services"),
        lambda: list(Lane.objects.paused().order_by("provider", "model")[:SHOWN]),
    ),
    Concern(
        "unconfirmed",
        gettext_lazy("Not confirmed"),
        lambda: in_full(Generation.objects.unconfirmed().order_by("submitted_at")),
    ),
    Concern(
        "storing",
        gettext_lazy("Finished there, not yet saved"),
        lambda: in_full(Generation.objects.storing().order_by("submitted_at")),
    ),
    Concern(
        "late",
        gettext_lazy("Late"),
        lambda: in_full(Generation.objects.late().order_by("submitted_at")),
    ),
    Concern("words", gettext_lazy("Unknown words"), unknown_words),
)


def in_full(rows: Any) -> list[Generation]:
    return list(rows.select_related("owner")[:SHOWN])


def tell_staff(subject: str, body: str, now: datetime | None = None) -> bool:
    """Mail the administrators, if mail is set up; about one `subject` once in six hours.

    False if nothing was sent. A mail server that is down is no reason to stop.
    """
    now = now or timezone.now()
    if not settings.WANSTUDIO_MAIL or not settings.ADMINS:
        return False
    if Event.objects.filter(kind="told", note=subject, at__gt=now - TELL_AGAIN).exists():
        return False
    Event.objects.create(kind="told", note=subject)
    mail_admins(subject, body, fail_silently=True)
    return True


def tell_of_concerns() -> None:
    """Mail what has come up. Called by the sweep. In English, as logs are."""
    with override("en"):
        for lane in Lane.objects.paused():
            subject = _("%(lane)s is paused") % {"lane": lane}
            tell_staff(subject, lane.pause_detail or lane.pause_code)
        if count := Generation.objects.unconfirmed().filter(due_at=None)[:100].count():
            told = _("%(count)d generations need a decision about their bill.") % {"count": count}
            tell_staff(_("Generations could not be confirmed"), told)
        for event in unknown_words():
            subject = _("Unknown state word: %(word)s") % {"word": event.note[:60]}
            tell_staff(" ".join(subject.split()), str(event.generation_id))
