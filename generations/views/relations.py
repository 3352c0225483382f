"""What a generation was made from, and what was made from it."""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from ..models import Generation, OriginKind
from .presenters import title_of

MAX_SHOWN = 20

# A repeated request is stored in `retry_of`.
MADE_FROM = {
    OriginKind.LARGER: _("1080P version of"),
    OriginKind.REMIX: _("Remix of"),
    OriginKind.CONTINUATION: _("Continues from"),
    "": _("Sent again after"),
}
MADE_FROM_IT = {
    OriginKind.LARGER: _("Its 1080P version"),
    OriginKind.REMIX: _("A remix of it"),
    OriginKind.CONTINUATION: _("A continuation"),
    "": _("Sent again as"),
}


class Relation(NamedTuple):
    """Another generation, and what it is to this one."""

    label: str
    row: Generation
    title: str


def relations_of(row: Generation, user: User) -> list[Relation]:
    """Those of `row` that this person may open: its origins first, then the newest from it."""
    readable = Generation.objects.readable_by(user)
    origins = readable.in_bulk([pk for pk in (row.origin_id, row.retry_of_id) if pk])
    found = [(MADE_FROM[row.origin_kind], origins.get(row.origin_id))]
    found += [(MADE_FROM[""], origins.get(row.retry_of_id))]
    offspring = readable.not_trashed().filter(origin=row)[:MAX_SHOWN]
    found += [(MADE_FROM_IT[one.origin_kind], one) for one in offspring]
    found += [(MADE_FROM_IT[""], one) for one in readable.filter(retry_of=row)[:MAX_SHOWN]]
    return [Relation(str(label), one, title_of(one, 60)) for label, one in found if one]
