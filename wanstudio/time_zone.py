"""The time zone of the browser: what a filter calls a day is the day that the page shows."""

from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from wanstudio.middleware import GetResponse

COOKIE = "wanstudio_timezone"  # written by `user_storage.js`; the same for all studios of a host
MAX_LENGTH = 64


class TimeZoneMiddleware:
    """Use the zone that the browser told; `TIME_ZONE` before that and without JavaScript.

    The administration keeps `TIME_ZONE`: its days, sums and limits are the studio's own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = None if request.path.startswith(self.administration) else zone_of(request)
        with timezone.override(zone or timezone.get_default_timezone()):
            return self.get_response(request)

    @cached_property
    def administration(self) -> str:
        return reverse("admin:index")  # it takes longer than all the rest of this


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The zone that the cookie names; None if there is none."""
    name = unquote(request.COOKIES.get(COOKIE, ""))
    if not name or len(name) > MAX_LENGTH:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, a path, a folder
        return None
