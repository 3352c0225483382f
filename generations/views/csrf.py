"""Forms that Django's CSRF check refused: a message for each reason."""

from typing import Any

from django.http import HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect, render

from ..forms import GenerationForm
from .create import page_context
from .form_recovery import initial_from_post, is_create_post, is_from_own_page
from .permissions import own_path, redirect_to_login
from .request import HttpRequest

# Pages that a person no longer needs after signing in, perhaps in another tab.
SIGN_IN_PAGES = {"login", "signup", "account_login", "account_signup", "setup"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing was sent. The form for a video is shown again with its contents.

    A form of another site is sent without our cookies. New cookies would replace them, and end
    sessions and open forms.
    """
    response = explain_failure(request, reason)
    if not is_from_own_page(request):
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    return response


def explain_failure(request: HttpRequest, reason: str) -> HttpResponse:
    known = request.user.is_authenticated
    if known and request.resolver_match and request.resolver_match.url_name in SIGN_IN_PAGES:
        wanted = request.POST.get("next") or request.GET.get("next", "")
        return redirect(own_path(request, wanted) or "generations:new")
    context: dict[str, Any] = {
        "cause": cause_of(request, reason),
        "origin": origin_of(request),
        "seen": f"{request.scheme}://{request.get_host()}",
        "for_staff": not known or request.user.is_staff,
    }
    if not is_create_post(request):
        return render(request, "403_csrf.html", context, status=403)
    if not known:
        return redirect_to_login(request)
    form = GenerationForm(user=request.user, initial=initial_from_post(request))
    context |= page_context(request, form)
    if request.htmx:
        return render(request, "generations/_compose.html", context)
    return render(request, "generations/new.html", context, status=403)


def cause_of(request: HttpRequest, reason: str) -> str:
    """`address`: not the address the studio knows. `hidden`: the browser does not tell any.

    `cookies`: it sent none. `stale`: the token is an old one.
    """
    if reason.startswith(("Origin checking failed", "Referer checking failed")):
        return "address" if origin_of(request) else "hidden"
    without_any = reason == REASON_NO_CSRF_COOKIE and not request.COOKIES
    return "cookies" if without_any else "stale"


def origin_of(request: HttpRequest) -> str:
    """The address in the browser, as its headers say; empty if they do not."""
    told = request.headers.get("Origin") or request.headers.get("Referer", "")
    return "" if told == "null" else "/".join(told.split("/")[:3])
