"""Cookies of the previous release, whose names all studios on one host shared."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wanstudio.middleware import GetResponse


class OldCookiesMiddleware:
    """Give cookies with an old name their new one, so that the upgrade signs nobody out.

    The old one stays, since another studio on this host may still read it. Signing out ends both.
    The next release drops this.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ages = {
            settings.SESSION_COOKIE_NAME: settings.SESSION_COOKIE_AGE,
            settings.CSRF_COOKIE_NAME: settings.CSRF_COOKIE_AGE,
            settings.LANGUAGE_COOKIE_NAME: settings.LANGUAGE_COOKIE_AGE,
        }
        found = {
            name: request.COOKIES[old_name(name)]
            for name in ages
            if old_name(name) in request.COOKIES and not request.COOKIES.get(name)
        }
        request.COOKIES.update(found)
        response = self.get_response(request)
        options: dict[str, Any] = {"secure": settings.HTTPS, "httponly": True, "samesite": "Lax"}
        for name in found.keys() - response.cookies:
            response.set_cookie(name, found[name], ages[name], **options)
        if settings.SESSION_COOKIE_NAME not in found:
            self.end_session(request, response)
        return response

    def end_session(self, request: HttpRequest, response: HttpResponse) -> None:
        """Delete the old cookie with the new one: it may be of a process that is not upgraded."""
        session = response.cookies.get(settings.SESSION_COOKIE_NAME)
        old = old_name(settings.SESSION_COOKIE_NAME)
        if session is not None and not session.value and old in request.COOKIES:
            response.delete_cookie(old, samesite="Lax")


def old_name(name: str) -> str:
    return name.removesuffix(f"_{settings.WANSTUDIO_INSTANCE}")
