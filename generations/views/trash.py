"""Into the trash and out of it again. What is on its way, or in doubt, stays where it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import Event, EventKind, Generation
from ..models.batches import batched
from ..models.querysets import GenerationQuerySet
from .presenters import title_of
from .request import HttpRequest

NOTHING_CHOSEN = gettext_lazy("Nothing was chosen.")
STAYS = gettext_lazy(
    "What could not be confirmed stays here, because it may have been billed. Staff check the "
    "bill first."
)


def to_trash(request: HttpRequest, pks: Sequence[UUID]) -> None:
    """Put this person's own rows `pks` into the trash, and say how many, with a way back."""
    now = timezone.now()
    own = Generation.objects.owned_by(request.user).not_trashed()
    in_doubt = count = 0
    for batch in batched(pks):
        in_doubt += own.unconfirmed().filter(pk__in=batch).count()
        count += own.settled().filter(pk__in=batch).update(trashed_at=now)
    if in_doubt:
        messages.warning(request, STAYS)
    if count:
        said = trashed(request.user, now, count)
        messages.success(request, said, extra_tags=f"undo {now.isoformat()}")
    elif not in_doubt:
        messages.info(request, NOTHING_CHOSEN)


def trashed(user: User, now: datetime, count: int) -> str:
    sentence = ngettext(
        "%(count)d video is in the trash for %(days)s days.",
        "%(count)d videos are in the trash for %(days)s days.",
        count,
    )
    words: dict[str, object] = {"count": count, "days": settings.WANSTUDIO_TRASH_DAYS}
    if count == 1 and (row := trashed_at(user, now).first()):
        sentence = _("“%(prompt)s” is in the trash for %(days)s days.")
        words["prompt"] = title_of(row, 40)
    return sentence % words


def trashed_at(user: User, moment: datetime) -> GenerationQuerySet:
    """What one press put into the trash at `moment`."""
    return Generation.objects.owned_by(user).trashed().filter(trashed_at=moment)


def undo(request: HttpRequest, text: str) -> None:
    """Take everything back that went into the trash at the moment `text`, in ISO 8601."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    rows = trashed_at(request.user, moment) if moment else Generation.objects.none()
    say_restored(request, rows.update(trashed_at=None))


def restore_rows(request: HttpRequest, pks: Sequence[UUID]) -> None:
    """Take this person's own rows `pks` out of the trash, and say how many."""
    own = Generation.objects.owned_by(request.user).trashed()
    say_restored(request, sum(own.filter(pk__in=b).update(trashed_at=None) for b in batched(pks)))


def say_restored(request: HttpRequest, count: int) -> None:
    if not count:
        messages.info(request, NOTHING_CHOSEN)
        return
    sentence = ngettext("%(count)d video is back.", "%(count)d videos are back.", count)
    messages.success(request, sentence % {"count": count})


def delete_for_good(user: User, pks: Sequence[UUID]) -> int:
    """Delete the files of this person's rows `pks`, which are in the trash. Returns how many.

    Housekeeping deletes the files. The rows leave every page now, and the database when they
    would have left the trash: limits, spend and the sums of a day count them until then.
    """
    rows = Generation.objects.owned_by(user).trashed().settled()
    return sum(delete_batch(rows.filter(pk__in=batch)) for batch in batched(pks))


@transaction.atomic
def delete_batch(rows: GenerationQuerySet) -> int:
    locked = list(rows.select_for_update())
    Event.objects.bulk_create(
        Event(generation=row, kind=EventKind.FILES_LEFT, data={"files": row.file_names})
        for row in locked
    )
    return rows.filter(pk__in=[row.pk for row in locked]).update(deleted_at=timezone.now())
