"""Tags and filters of the admin's templates for rows and events."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import wording
from ..models import Generation, Status, can_view_costs
from ..text import MAX_ADDRESS

register = template.Library()
register.filter("sees_costs", can_view_costs)
register.filter("cause", wording.cause)
HOUR = timedelta(hours=1)


@register.filter
def page_of(row: Generation, changelist: Any = None) -> str:
    """The URL of a row's page, with the filters of the list."""
    url = reverse("admin:generations_generation_change", args=[row.pk])
    filters = changelist.get_query_string().lstrip("?") if changelist else ""
    if not filters or len(filters) > MAX_ADDRESS:
        return url
    return f"{url}?{urlencode({'_changelist_filters': filters})}"


@register.filter
def hours_left(row: Generation) -> str:
    """How long the service keeps the file."""
    if row.expires_at is None:
        return "–"
    left = row.expires_at - timezone.now()
    if left <= timedelta(0):
        return _("No time left")
    return _("%(hours)d h %(minutes)02d min left") % {
        "hours": left // HOUR,
        "minutes": left % HOUR // timedelta(minutes=1),
    }


@register.filter
def cost(row: Generation) -> str:
    """The cost that the service reported, else our estimate. For rows of `for_cards`."""
    if reported := getattr(row, "reported", None):
        return _("$%(amount)s reported") % {"amount": reported}
    if row.price is not None:
        return _("about $%(amount)s") % {"amount": f"{row.price:.2f}"}
    return _("no price")


@register.filter
def review_state(row: Generation) -> str:
    """The label of the decision; empty for rows that are not reviewed."""
    if settings.WANSTUDIO_REVIEW == "off" or row.status != Status.SUCCEEDED:
        return ""
    return row.get_review_display()


@register.filter
def is_locked_for(row: Generation, user: User) -> bool:
    """Whether a colleague of `user` is reviewing the row."""
    until = row.review_locked_until
    return bool(until and until > timezone.now() and row.review_locked_by_id not in (None, user.pk))


@register.filter
def pretty(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2, default=str)


@register.filter
def reason(row: Generation) -> str:
    """The reason that the owner reads, and the reviewer's note."""
    sentence = wording.reject_reason(row.review_reason, row.review_note)
    return sentence if sentence == row.review_note else f"{sentence} {row.review_note}".strip()
