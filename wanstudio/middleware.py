"""What every request passes: body size, content-security policy, host, first run, request log."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from wanstudio.logs import MONITORING, request_id

type_of_id = re.compile(r"[A-Za-z0-9_-]{8,64}")
log = logging.getLogger("wanstudio.request")

# A picture of 10 MB and the words around it; as `client_max_body_size` in docs/deploy.
MAX_BODY_BYTES = 12 * 1024 * 1024

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicyMiddleware:
    """Send `SECURE_CSP` with every answer that has no policy of its own.

    The setting is named and shaped as in Django 6, which brings this middleware along.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            " ".join([directive, *sources]) for directive, sources in settings.SECURE_CSP.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class DefaultHeadersMiddleware:
    """Send `DEFAULT_HEADERS` with every answer that does not say otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in settings.DEFAULT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimitMiddleware:
    """413 for a body of more than `MAX_BODY_BYTES`, of which nothing is read.

    Otherwise a file goes to the disk before anybody asks who sends it. A body that does not tell
    its length (chunked) is never read: to Django it is empty. gunicorn closes after either.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > MAX_BODY_BYTES:
            return render(request, "413.html", status=413)
        return self.get_response(request)


class AnyHostMiddleware:
    """Take no offence at the name by which machines that watch over us ask: mostly an address.

    None of these pages says its own address, so that no name can be put into an answer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in MONITORING:
            request.META["HTTP_HOST"] = "localhost"
        return self.get_response(request)


class RequestLogMiddleware:
    """One line per request: method, path, status, time, who. No query string: it holds prompts.

    None for files of ours and pages that ask and hear that nothing is new, unless they fail; none
    for health checks, whose probes write what changes.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(self.id_of(request))
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            if not self.is_quiet(request, response):
                self.write(request, response, time.perf_counter() - started)
            return response
        finally:
            request_id.reset(token)

    def is_quiet(self, request: HttpRequest, response: HttpResponse) -> bool:
        if request.path in MONITORING:
            return True
        is_static = request.path.startswith("/static/") and response.status_code < 500
        return is_static or response.status_code == 204

    def id_of(self, request: HttpRequest) -> str:
        """The id that our proxy gave, so that its log and ours can be laid side by side."""
        given = request.headers.get("X-Request-ID", "") if settings.WANSTUDIO_PROXIES else ""
        return given if type_of_id.fullmatch(given) else secrets.token_hex(8)

    def write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        # `_cached_user` is there when somebody asked who it is; the log does not ask the database.
        user = getattr(request, "_cached_user", None)
        log.info(
            "%s %s %s",
            request.method,
            request.path,
            response.status_code,
            extra={"ms": round(seconds * 1000), "user": user.pk if user else None},
        )


class FirstRunMiddleware:
    """Send everybody to the set-up until there is a user; then never ask again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.done = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.must_set_up(request):
            return redirect("setup")
        return self.get_response(request)

    def must_set_up(self, request: HttpRequest) -> bool:
        if self.done or request.path.startswith(self.open_paths()):
            return False
        self.done = get_user_model().objects.exists()
        return not self.done

    @staticmethod
    def open_paths() -> tuple[str, ...]:
        names = ("setup", "livez", "readyz", "healthz", "metrics", "manifest", "set_language")
        static = f"/{settings.STATIC_URL.strip('/')}/"
        return (*map(reverse, names), static)
