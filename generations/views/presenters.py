"""A row as people see it: its state, its times, and the actions that are possible."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2s
from math import ceil
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from .. import wording
from ..creation.catalog import price_of, provider_name
from ..creation.pricing import reported_usd, usd
from ..models import AT_PROVIDER, Generation, Review, Status, can_view_all, can_view_costs
from ..providers import providers
from ..providers.errors import ErrorCode
from ..sizes import LARGER, ratio_of
from ..text import isolate
from .event_times import EventTimes
from .queue_position import QueuePositions

# State -> its icon in `icons.svg`. Other states have the icon of their kind.
ICONS = {
    "waiting": "clock", "working": "spark", "ready": "done", "failed": "bad", "doubt": "doubt",
    "ended": "stop", "sending": "send", "queued": "queue", "saving": "save", "unsaved": "save",
    "rejected": "hidden", "unconfirmed": "doubt", "cancelled": "stop",
}  # fmt: skip
TONES = {"ready": "good", "failed": "bad", "doubt": "warn"}
# The columns that change how a card looks while the page is open.
ON_A_VERSION = (
    "status", "progress", "favourite", "shared", "trashed_at", "error_code", "remote_state",
    "review", "review_reason", "review_note",
    # Its place in line, whether it is late, and when it changes again.
    "owner", "provider", "model", "created", "submitted_at", "claimed_at", "due_at",
)  # fmt: skip
LOOKS = ON_A_VERSION[:10]
SPEAKS_FOR_ITSELF = {"waiting", "sending", "queued", "generating", "saving", "ready"}


@dataclass
class GenerationCard:
    """One generation for one person."""

    row: Generation
    mine: bool
    can_view_all: bool
    can_view_costs: bool
    can_mend: bool  # may open the page that tests a refused key
    times: EventTimes
    positions: QueuePositions

    @cached_property
    def place(self) -> wording.Place:
        return self.positions.place_of(self.row)

    @cached_property
    def state(self) -> wording.State:
        return wording.state(self.row, self.place)

    @cached_property
    def title(self) -> str:
        return title_of(self.row, 160)

    @cached_property
    def page(self) -> str:
        """The URL of its page, as a video in the list of everything."""
        page = reverse("generations:detail", args=[self.row.pk])
        return page if self.row.trashed_at else f"{page}?list=activity"

    @cached_property
    def short_title(self) -> str:
        return title_of(self.row, 40)

    @property
    def headline(self) -> str:
        """The state in a few words."""
        named = self.state.name in SPEAKS_FOR_ITSELF
        return self.state.sentence if named else self.state.title

    @property
    def has_refused_key(self) -> bool:
        """Whether it waits for a key that this person can fix."""
        return self.can_mend and self.place.pause_code == ErrorCode.AUTH

    @property
    def why(self) -> str:
        """What to say besides the headline."""
        if self.has_refused_key:
            return wording.sentence(ErrorCode.AUTH, for_staff=True)
        sentence = "" if self.headline == self.state.sentence else self.state.sentence
        has_button = self.state.retry in (wording.EDIT, wording.AGAIN)
        is_never_billed = self.is_sandbox and self.row.status in AT_PROVIDER
        next_step = "" if has_button or is_never_billed else self.state.next_step
        if not (sentence and next_step):
            return sentence or next_step
        return _("%(sentence)s %(next)s") % {"sentence": sentence, "next": next_step}

    @property
    def icon(self) -> str:
        return ICONS.get(self.state.name) or ICONS.get(self.state.kind, "clock")

    @property
    def tone(self) -> str:
        return TONES.get(self.state.kind, "")

    @cached_property
    def version(self) -> str:
        """Changes whenever the card would look different, except for its clock."""
        row = self.row
        looks = (*(getattr(row, name) for name in LOOKS), self.place, self.overdue)
        return blake2s(repr(looks).encode(), digest_size=6).hexdigest()

    @property
    def overdue(self) -> tuple[bool, bool]:
        """Whether it has been at the service longer than usual and than the service keeps it."""
        running = self.row.status == Status.RUNNING
        return running and wording.is_late(self.row), running and self.row.is_expired_remotely

    @cached_property
    def since(self) -> datetime | None:
        """When its present state began; None at the end."""
        return self.times.since(self.row)

    @property
    def seconds(self) -> int:
        """How long the present state has lasted."""
        return max(0, int((timezone.now() - self.since).total_seconds())) if self.since else 0

    @cached_property
    def usual(self) -> str:
        """How long to expect, from finished videos; empty without them."""
        row = self.row
        if not (self.state.name == "waiting" or row.status == Status.RUNNING):
            return ""
        known = self.times.usual(row.provider, row.model, row.size)
        if known is None:
            return ""
        if row.status == Status.RUNNING:
            return wording.usually(known.median, known.ninety)
        return wording.until_sent(self.positions.expected_wait(row, known))

    @property
    def real_size(self) -> str:
        """The size of the file, if it differs from the request."""
        row = self.row
        differs = self.is_ready and row.width and f"{row.width}x{row.height}" != row.size
        return f"{row.width}×{row.height}" if differs else ""

    @property
    def is_sandbox(self) -> bool:
        return self.row.provider == "sandbox"

    @property
    def service(self) -> str:
        provider = providers.get(self.row.provider)
        return provider_name(self.row.provider, provider) if provider else self.row.provider

    @property
    def ratio(self) -> str:
        row = self.row
        return ratio_of(f"{row.width}x{row.height}" if row.width and row.height else row.size)

    @property
    def is_ready(self) -> bool:
        return self.row.status == Status.SUCCEEDED

    @property
    def is_rejected(self) -> bool:
        return self.is_ready and self.row.review == Review.REJECTED

    @property
    def is_shown(self) -> bool:
        """In the gallery, at least in its owner's."""
        return self.is_ready and not self.is_rejected and self.row.trashed_at is None

    @property
    def days_left(self) -> int:
        """Days until it leaves the trash for good, counting the last one."""
        kept = timedelta(days=settings.WANSTUDIO_TRASH_DAYS)
        since = self.row.trashed_at or timezone.now()
        return max(1, ceil((since + kept - timezone.now()) / timedelta(days=1)))

    @property
    def can_cancel(self) -> bool:
        return self.mine and self.row.can_cancel

    @property
    def can_retry(self) -> bool:
        """Whether the same request may succeed the next time."""
        return self.mine and self.state.can_retry

    @cached_property
    def next_id(self) -> UUID:
        """The ID of the row that a retry creates, however often the button is pressed."""
        return uuid4()

    @property
    def retry_price(self) -> str:
        """What a retry would cost; empty without a price."""
        amount = price_of(self.row)
        return usd(amount) if amount else ""

    @property
    def can_edit(self) -> bool:
        return self.mine and self.state.can_edit

    @property
    def is_draft(self) -> bool:
        return self.row.size in LARGER

    @property
    def can_favourite(self) -> bool:
        return self.mine and self.is_shown

    @property
    def can_share(self) -> bool:
        return self.mine and self.is_shown and settings.WANSTUDIO_SHARING == "owner"

    @property
    def awaits_review(self) -> bool:
        return self.mine and self.is_shown and awaits_review(self.row)

    @property
    def cost(self) -> str:
        """The cost that the service reported, in USD; empty for other people.

        A stand-in costs nothing.
        """
        cost = self.row.provider_data.get("cost")
        told = isinstance(cost, str | int | float) and not self.is_sandbox
        told = told and (self.mine or self.can_view_costs)
        return reported_usd(cost) if told else ""

    @property
    def provider_code(self) -> str:
        return wording.provider_code(self.row.error_detail)

    @property
    def codes(self) -> str:
        """The codes for support: ours, the provider's, and its request ID."""
        request_id = self.row.provider_data.get("request_id") or ""
        return f"{self.row.error_code} {self.provider_code} {request_id}"


def title_of(row: Generation, length: int) -> str:
    """A short title, at most `length` characters, for the middle of a sentence."""
    return isolate(Truncator(row.prompt).chars(length)) or _("Made from a picture")


def awaits_review(row: Generation) -> bool:
    """Nobody else sees it before a reviewer has approved it, shared though it is."""
    shared = row.shared or settings.WANSTUDIO_SHARING == "everyone"
    before = settings.WANSTUDIO_REVIEW == "before" and settings.WANSTUDIO_SHARING != "nobody"
    return shared and before and row.review != Review.APPROVED


def card_of(row: Generation, user: User) -> GenerationCard:
    return cards_of([row], user)[0]


def cards_of(
    rows: Iterable[Generation], user: User, *, is_live: bool = False
) -> list[GenerationCard]:
    """Cards in the order of `rows`. Many ask the database no more than a few do.

    `is_live` is for answers to open pages, which ask often: see `QueuePositions`.
    """
    rows = list(rows)
    queued = [row for row in rows if row.status == Status.QUEUED]
    times, line = EventTimes(rows), QueuePositions(queued, is_live=is_live)
    can_mend = user.is_staff and user.has_perm("generations.view_lane")
    rights = can_view_all(user), can_view_costs(user), can_mend
    return [GenerationCard(row, row.owner_id == user.pk, *rights, times, line) for row in rows]
