"""Which pages are sent compressed.

The length of a compressed page can reveal whether text of a stranger equals a secret on it
(BREACH). Every page has secrets: the CSRF token, private prompts. Therefore a view compresses a
page only if nothing on it comes from the URL or from another person. `GZipMiddleware` for all pages
would rely on its padding only; the padding is added here, too. See docs/security.md.
"""

from typing import Any

from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from .request import HttpRequest

_gzip = GZipMiddleware(lambda request: HttpResponse())


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, compress: bool
) -> HttpResponse:
    """Render a page. Compress it if the browser accepts that and `compress` says it is safe."""
    response = render(request, template, context)
    return _gzip.process_response(request, response) if compress else response  # type: ignore[return-value]
