"""What the templates need beyond Django's own tags."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from unicodedata import east_asian_width

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..creation.pricing import usd
from ..models import Generation
from ..text import isolate

register = template.Library()
register.filter("usd", usd)

MAX_IDS = 10  # of what is on its way: what a page without cards asks about


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A drawing beside a word; readers hear only the word."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def running(context: Context) -> dict[str, Any]:
    """How many generations of this person are still on their way, and the ids of ten of them."""
    user = context["request"].user
    if not user.is_authenticated:
        return {"count": 0, "ids": []}
    rows = Generation.objects.owned_by(user).open().order_by()
    ids = list(rows.values_list("pk", flat=True)[: MAX_IDS + 1])
    count = len(ids) if len(ids) <= MAX_IDS else rows.count()
    return {"count": count, "ids": ids[:MAX_IDS]}


@register.filter
def elapsed(since: datetime | None) -> str:
    """Minutes and seconds since then, as `1:05`; with hours as `2:03:09`."""
    return clock((timezone.now() - since).total_seconds()) if since else ""


@register.filter
def clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def day_name(day: date) -> str:
    """A day as a heading."""
    ago = (timezone.localdate() - day).days
    return {0: _("Today"), 1: _("Yesterday")}.get(ago) or date_format(day)


@register.filter(name="isolate")
def isolated(text: str) -> str:
    """`text` for the middle of a sentence: it does not turn the direction of the rest."""
    return isolate(text)


@register.filter
def two_lines(text: str, cells: int = 64) -> str:
    """As much of `text` as two lines of a tile hold, in whole words.

    A Chinese character is as wide as two, and a word of its own.
    """
    for at, letter in enumerate(text):
        cells -= 2 if is_wide(letter) else 1
        if cells < 0:
            return f"{whole_words(text[:at], letter)}…"
    return text


def whole_words(begun: str, following: str) -> str:
    """`begun` without the word that `following` goes on with, unless there is no other."""
    ends = begun[-1:] + following
    if not any(map(str.isspace, ends)) and not any(map(is_wide, ends)):
        begun = begun.rpartition(" ")[0] or begun
    return begun.rstrip(" ,;:")


def is_wide(letter: str) -> bool:
    return east_asian_width(letter) in "WF"


@register.simple_tag(takes_context=True)
def text_is_kept(context: Context) -> bool:
    """Whether the browser holds what was typed into the form before the session ended."""
    return settings.TYPED_COOKIE_NAME in context["request"].COOKIES


@register.simple_tag
def version() -> str:
    return settings.WANSTUDIO_VERSION


@register.simple_tag
def mail_is_set_up() -> bool:
    return settings.WANSTUDIO_MAIL


@register.simple_tag
def signup_is_open() -> bool:
    return settings.WANSTUDIO_SIGNUP == "open"


@register.simple_tag
def staff_need_mfa() -> bool:
    return settings.WANSTUDIO_STAFF_MFA


@register.simple_tag
def single_sign_on() -> dict[str, str]:
    """The providers by their names for people."""
    return settings.WANSTUDIO_SINGLE_SIGN_ON


@register.simple_tag
def single_sign_on_only() -> bool:
    return settings.WANSTUDIO_OIDC_ONLY


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    return settings.LANGUAGES


@register.simple_tag
def undo_moment(message: Any) -> str:
    """When the rows went into the trash that a message offers to bring back; else empty."""
    return (message.extra_tags or "").removeprefix("undo ") if message.extra_tags else ""
