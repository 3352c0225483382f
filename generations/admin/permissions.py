"""Permissions of staff: one decorator for the views, and checks for the templates."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import user_passes_test
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator

REVIEW = "generations.review_generation"
REPAIR = "generations.repair_generation"
MAKE_AGAIN = "generations.make_again_generation"
SPEND = "generations.view_spend"
SEE = "generations.view_generation"
LOG = "generations.view_event"
SERVICES = "generations.view_lane"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def needs(*any_of: str) -> Callable[[View], View]:
    """Return 403 unless the user has one of these permissions. For methods of a ModelAdmin."""

    def has_one(user: Any) -> bool:
        if not any(map(user.has_perm, any_of)):
            raise PermissionDenied
        return True

    return method_decorator(user_passes_test(has_one))


def may_review(request: HttpRequest) -> bool:
    return settings.WANSTUDIO_REVIEW != "off" and request.user.has_perm(REVIEW)


def reviewing_is_on() -> None:
    """Raise Http404 if this installation has no review."""
    if settings.WANSTUDIO_REVIEW == "off":
        raise Http404


class ReadOnly:
    """A ModelAdmin without adding, changing and deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
