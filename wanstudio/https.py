"""Detects a proxy that serves HTTPS without saying so, instead of endless redirects."""

import logging
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

log = logging.getLogger(__name__)

HEADER = "X-Forwarded-Proto"
COOKIE = "wanstudio_to_https_"  # followed by a digest of studio and address
SECONDS = 10  # a browser follows a redirect at once
# Two clicks on an http link may both arrive before the browser follows the first redirect.
MAX_REDIRECTS = 2


class RedirectLoopMiddleware(MiddlewareMixin):
    """Answer 500, with what to do, when the redirect to HTTPS leads to itself.

    Stands in front of `SecurityMiddleware`, which redirects. How often one browser was redirected
    from an address is counted in a cookie for that address; who arrives over HTTPS gives it back.
    A client that keeps no cookies goes on until its own limit.
    """

    was_logged = False

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not settings.SECURE_SSL_REDIRECT:
            return response
        address = f"{settings.WANSTUDIO_INSTANCE}{request.get_full_path()}"
        cookie = COOKIE + sha256(address.encode()).hexdigest()[:12]
        if request.is_secure():
            if cookie in request.COOKIES:
                response.delete_cookie(cookie)
            return response
        return self.counted(request, response, cookie)

    def counted(self, request: HttpRequest, response: HttpResponse, cookie: str) -> HttpResponse:
        if not is_redirect_to_https(request, response):
            return response
        count = request.COOKIES.get(cookie, "")
        redirects = int(count) if count in map(str, range(MAX_REDIRECTS + 1)) else 0
        if redirects == MAX_REDIRECTS:
            return self.explained(request)
        response.set_cookie(cookie, str(redirects + 1), SECONDS, httponly=True, samesite="Lax")
        # A browser that stored this redirect would loop without asking, even after the mistake is
        # fixed.
        response.headers["Cache-Control"] = "no-store"
        return response

    def explained(self, request: HttpRequest) -> HttpResponse:
        if not self.was_logged:
            self.was_logged = True
            log.error(
                f"WANSTUDIO_HTTPS is on, but requests arrive without {HEADER}: https, so every "
                "page is redirected to itself. The proxy in front must send that header, nginx by: "
                f"proxy_set_header {HEADER} $scheme;",
                extra={"arrived": request.headers.get(HEADER)},
            )
        with translation.override(translation.get_language_from_request(request)):
            page = render_to_string("https_loop.html", {"header": HEADER})
        return HttpResponse(page, status=500, headers={"Cache-Control": "no-store"})


def is_redirect_to_https(request: HttpRequest, response: HttpResponse) -> bool:
    """True for a redirect to the same URL. Behind such a proxy, it leads to itself."""
    return response.status_code == 301 and response.headers.get("Location") == (
        f"https://{request.get_host()}{request.get_full_path()}"
    )
