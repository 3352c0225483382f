"""What a request that makes no sense is answered with."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.utils import translation


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, from a template that needs neither session nor database: it may come before both.

    The language is the browser's or its cookie's, since no middleware may have chosen one.
    """
    with translation.override(translation.get_language_from_request(request)):
        context = {"unknown_host": isinstance(exception, DisallowedHost)}
        return HttpResponseBadRequest(render_to_string("400.html", context))
