"""The request as the views of signed-in people get it, for the type checker alone."""

from django import http
from django.contrib.auth.models import User
from django_htmx.middleware import HtmxDetails


class HttpRequest(http.HttpRequest):
    """A request of somebody who is signed in, after `HtmxMiddleware`."""

    user: User
    htmx: HtmxDetails
