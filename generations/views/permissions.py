"""Who can open what. A row that a person may not open returns 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django import http
from django.conf import settings
from django.contrib.auth import middleware
from django.db import connection
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from ..models import Generation
from ..models.querysets import can_view_all
from ..text import MAX_ADDRESS
from .form_recovery import save_form
from .request import HttpRequest

View = Callable[..., HttpResponseBase]


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Redirects to the sign-in page, unless the view is marked `login_not_required`.

    The admin has its own permissions.
    """

    def process_view(
        self, request: http.HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.resolver_match and "admin" in request.resolver_match.app_names:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: View
    ) -> HttpResponse:
        return redirect_to_login(request)


def redirect_to_login(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page that the person was on."""
    page = page_of_request(request)
    if len(page) > MAX_ADDRESS:
        page = page.partition("?")[0]
    login = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
    response = HttpResponseClientRedirect(login) if request.htmx else redirect(login)
    save_form(request, response)
    return response


def sends_a_file(view: View) -> View:
    """Release the database connection before the body is sent, which may take minutes."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return response

    return wrapper


def page_of_request(request: HttpRequest) -> str:
    """The page that the person is on: not a fragment, and not a URL for POST."""
    if request.htmx:
        return request.htmx.current_url_abs_path or "/"
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return referring_page(request)


def referring_page(request: HttpRequest, otherwise: str = "/") -> str:
    """The page that the form was on, as a path; `otherwise` if it is unknown."""
    return own_path(request, request.headers.get("Referer", "")) or otherwise


def own_path(request: HttpRequest, url: str) -> str:
    """`url` as a path of ours with its query; empty if it leads elsewhere or is invalid."""
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
        return ""
    parts = urlsplit(url)
    path = escape_leading_slashes(parts.path or ("/" if parts.netloc else ""))
    if not path.startswith("/"):
        return ""
    return f"{path}?{parts.query}" if parts.query else path


def readable_or_404(request: HttpRequest, pk: UUID) -> Generation:
    rows = Generation.objects.readable_by(request.user).select_related("owner")
    row: Generation = get_object_or_404(rows, pk=pk)
    return row


def full_access_or_404(request: HttpRequest, pk: UUID) -> Generation:
    """A row for its owner and for staff: sharing does not give access to its image."""
    row = readable_or_404(request, pk)
    if row.owner_id != request.user.pk and not can_view_all(request.user):
        raise Http404
    return row


def owned_or_404(request: HttpRequest, pk: UUID) -> Generation:
    own = Generation.objects.owned_by(request.user).not_deleted()
    row: Generation = get_object_or_404(own, pk=pk)
    return row
