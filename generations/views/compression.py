"""Which pages are sent compressed.

A compressed page tells by its length whether something a stranger typed equals a secret beside it
(BREACH). Every page holds a secret: CSRF token, private prompts. So a view compresses a page only
if nothing on it comes from the address or from another person. `GZipMiddleware` over everything
would rely on its padding alone; the padding is added here, too. See docs/security.md.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from .request import HttpRequest

_gzip = GZipMiddleware(lambda request: HttpResponse())


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, compress: bool
) -> HttpResponse:
    """Render a page; gzip it if the browser takes that and `compress` says that it is safe."""
    response = render(request, template, context)
    return _gzip.process_response(request, response) if compress else response  # type: ignore[return-value]
