"""Limits, sizes, what the toggles do, what each error means."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import wording
from ..offers import offers, shape
from ..prices import tier
from ..providers.base import NEGATIVE_PROMPT_LIMIT, PROMPT_LIMIT, TEXT_SIZES, ErrorCode
from .access import signed_in


@require_safe
@signed_in
def help(request: HttpRequest) -> HttpResponse:
    sizes = [{"size": size, "ratio": shape(size), "tier": tier(size)} for size in TEXT_SIZES]
    errors = [
        {"code": code, "sentence": wording.sentence(code), "next_step": wording.next_step(code)}
        for code in ErrorCode
    ]
    context = {
        "sizes": sizes,
        "errors": errors,
        "offers": offers(),
        "prompt_limit": PROMPT_LIMIT,
        "negative_prompt_limit": NEGATIVE_PROMPT_LIMIT,
        "trash_days": settings.WANSTUDIO_TRASH_DAYS,
        "late_minutes": settings.WANSTUDIO_LATE_MINUTES,
    }
    return render(request, "generations/help.html", context)
