"""Who may open what: one decorator, one reading of the permissions for the templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

REVIEW = "generations.review_generation"
REPAIR = "generations.repair_generation"
MAKE_AGAIN = "generations.make_again_generation"
SPEND = "generations.view_spend"
SEE = "generations.view_generation"
LOG = "generations.view_event"
SERVICES = "generations.view_lane"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def needs(*any_of: str) -> Callable[[View], View]:
    """Refuse, with 403, whoever has none of these permissions. For methods and functions."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> HttpResponseBase:
            request = next(arg for arg in args if isinstance(arg, HttpRequest))
            if not any(request.user.has_perm(name) for name in any_of):
                raise PermissionDenied
            return view(*args, **kwargs)

        return cast(View, checked)

    return decorate


def may_review(request: HttpRequest) -> bool:
    return settings.WANSTUDIO_REVIEW != "off" and request.user.has_perm(REVIEW)


def reviewing_is_on() -> None:
    """Raise 404 where this installation does not review."""
    if settings.WANSTUDIO_REVIEW == "off":
        raise Http404


class ReadOnly:
    """A ModelAdmin through which nothing is added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
