"""Tags and filters of the templates."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any
from unicodedata import east_asian_width

from django import template
from django.conf import settings
from django.db.models import IntegerField
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..creation.conversion import problem
from ..creation.pricing import usd
from ..models import Generation
from ..models.compiled_query import CompiledQuery, Parameter
from ..text import isolate
from . import constants

register = template.Library()
register.tag("static", constants.static)
register.tag("translate", constants.translate)
register.tag("url", constants.url)
register.filter("usd", usd)
register.filter("isolate", isolate)
register.simple_tag(problem, name="conversion_problem")

# Tag -> the setting whose value it is.
SETTINGS = {
    "version": "WANSTUDIO_VERSION",
    "mail_is_set_up": "WANSTUDIO_MAIL",
    "staff_need_mfa": "WANSTUDIO_STAFF_MFA",
    "single_sign_on": "WANSTUDIO_SINGLE_SIGN_ON",  # the providers by their names for people
    "single_sign_on_only": "WANSTUDIO_OIDC_ONLY",
    "languages": "LANGUAGES",
}
for tag, setting in SETTINGS.items():
    register.simple_tag(lambda setting=setting: getattr(settings, setting), name=tag)
register.simple_tag(lambda: settings.WANSTUDIO_SIGNUP == "open", name="signup_is_open")

MAX_IDS = 10  # of open rows that a page without cards asks about


@register.simple_tag
@cache
def icon(name: str, classes: str = "") -> SafeString:
    """An icon next to a word; screen readers get only the word."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: Any) -> SafeString:
    """The options of a menu; the one whose value is `chosen` is selected."""
    one, selected = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'
    drawn = [
        format_html(selected if value == chosen else one, value, name) for value, name in choices
    ]
    return format_html_join("\n", "{}", zip(drawn))


@register.simple_tag(takes_context=True)
def running(context: Context) -> dict[str, Any]:
    """The number of this person's open generations, and the IDs of ten of them."""
    user = context["request"].user
    if not user.is_authenticated:
        return {"count": 0, "ids": []}
    ids = [pk for (pk,) in _open_ids().tuples(user=user.pk)]
    is_all = len(ids) <= MAX_IDS
    count = len(ids) if is_all else Generation.objects.owned_by(user).open().count()
    return {"count": count, "ids": ids[:MAX_IDS]}


@cache
def _open_ids() -> CompiledQuery[Generation]:
    rows = Generation.objects.filter(owner_id=Parameter("user", IntegerField())).open().order_by()
    return CompiledQuery(rows.values_list("pk")[: MAX_IDS + 1])


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


@register.filter
def two_lines(text: str, cells: int = 64) -> str:
    """The beginning of `text` that fits into two lines of a tile, in whole words.

    A Chinese character is twice as wide, and counts as a word.
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
    """Whether the browser keeps what was typed into the form before the session ended."""
    return settings.TYPED_COOKIE_NAME in context["request"].COOKIES


@register.simple_tag
def undo_moment(message: Any) -> str:
    """When the rows of a message were moved to the trash, if it offers to undo that; else empty."""
    return (message.extra_tags or "").removeprefix("undo ")
