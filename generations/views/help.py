"""Help: limits, sizes, settings, errors."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .. import wording
from ..providers.base import NEGATIVE_PROMPT_LIMIT, PROMPT_LIMIT
from ..providers.errors import ErrorCode
from ..sizes import TEXT_SIZES, ratio_of, tier_of
from .compression import render_page
from .request import HttpRequest

PARTS = [
    ("how", _("How it works")),
    ("limits", _("Limits")),
    ("sizes", _("Sizes")),
    ("settings", _("Settings")),
    ("states", _("States")),
    ("keys", _("Keys")),
    ("errors", _("What errors mean")),
]


def drawn(size: str) -> SafeString:
    """The shape of a size, true to scale, hidden from screen readers."""
    width, height = map(int, size.split("x"))
    scale = 56 / max(width, height)
    w, h = width * scale, height * scale
    return format_html(
        '<svg viewBox="0 0 64 64" aria-hidden="true" fill="none" stroke="currentColor" '
        'stroke-width="3"><rect x="{}" y="{}" width="{}" height="{}" rx="4"/></svg>',
        *(f"{number:.1f}" for number in (32 - w / 2, 32 - h / 2, w, h)),
    )


@require_safe
def help(request: HttpRequest) -> HttpResponse:
    sizes = [
        {"size": size, "ratio": ratio_of(size), "tier": tier_of(size), "drawn": drawn(size)}
        for size in TEXT_SIZES
    ]
    errors = [
        {"code": code, "sentence": wording.sentence(code), "next_step": wording.next_step(code)}
        for code in ErrorCode
    ]
    context = {
        "parts": PARTS,
        "sizes": sizes,
        "errors": errors,
        "prompt_limit": PROMPT_LIMIT,
        "negative_prompt_limit": NEGATIVE_PROMPT_LIMIT,
        "trash_days": settings.WANSTUDIO_TRASH_DAYS,
        "late_minutes": settings.WANSTUDIO_LATE_MINUTES,
    }
    return render_page(request, "generations/help.html", context, compress=True)
