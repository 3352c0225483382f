"""The response to an invalid request."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.utils import translation


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, from a template without session or database, because both may be unavailable.

    The language is that of the browser or the cookie, because no middleware may have set one.
    """
    with translation.override(translation.get_language_from_request(request)):
        context = {"unknown_host": isinstance(exception, DisallowedHost)}
        return HttpResponseBadRequest(render_to_string("400.html", context))
