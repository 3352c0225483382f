"""Middleware: body size, content-security policy, host, first run, request log."""

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
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import cached_property

from wanstudio.logs import MONITORING, request_id

type_of_id = re.compile(r"[A-Za-z0-9_-]{8,64}")
log = logging.getLogger("wanstudio.request")

# A picture of 10 MB and the other fields. The same as `client_max_body_size` in docs/deploy.
MAX_BODY_BYTES = 12 * 1024 * 1024


GetResponse = Callable[[HttpRequest], HttpResponse]


class DefaultHeadersMiddleware(MiddlewareMixin):
    """Adds `DEFAULT_HEADERS` and `SECURE_CSP` to every response that does not set them.

    `SECURE_CSP` has the name and form of Django 6, which sends it by its own middleware.
    """

    @cached_property
    def headers(self) -> dict[str, str]:
        policy = "; ".join(" ".join([name, *of]) for name, of in settings.SECURE_CSP.items())
        return settings.DEFAULT_HEADERS | {"Content-Security-Policy": policy}

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimitMiddleware(MiddlewareMixin):
    """Returns 413 for a body of more than `MAX_BODY_BYTES`, and reads nothing of it.

    Otherwise a file would be written to the disk before the user is known. A body without a length
    (chunked) is never read: for Django it is empty. gunicorn closes the connection after either.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or ""
        is_too_long = length.isdecimal() and int(length) > MAX_BODY_BYTES
        return render(request, "413.html", status=413) if is_too_long else None


class AnyHostMiddleware(MiddlewareMixin):
    """Accepts any host for health checks: load balancers mostly use an address.

    None of these pages contains its own URL, so that no name can get into a response.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path in MONITORING:
            request.META["HTTP_HOST"] = "localhost"


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
        is_static = request.path.startswith("/static/") and response.status_code < 500
        return request.path in MONITORING or is_static or response.status_code == 204

    def id_of(self, request: HttpRequest) -> str:
        """The id that our proxy gave, so that its log and ours can be laid side by side."""
        given = request.headers.get("X-Request-ID", "") if settings.WANSTUDIO_PROXIES else ""
        return given if type_of_id.fullmatch(given) else secrets.token_hex(8)

    def write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        # `_cached_user` exists if a view has used the user. The log does not query the database.
        user = getattr(request, "_cached_user", None)
        log.info(
            "%s %s %s",
            request.method,
            request.path,
            response.status_code,
            extra={"ms": round(seconds * 1000), "user": user.pk if user else None},
        )


class FirstRunMiddleware(MiddlewareMixin):
    """Redirects to the set-up until there is a user."""

    done = False

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if self.done or request.path.startswith(self.open_paths()):
            return None
        self.done = get_user_model().objects.exists()
        return None if self.done else redirect("setup")

    @staticmethod
    def open_paths() -> tuple[str, ...]:
        names = ("setup", "livez", "readyz", "healthz", "metrics", "manifest", "set_language")
        static = f"/{settings.STATIC_URL.strip('/')}/"
        return (*map(reverse, names), static)
