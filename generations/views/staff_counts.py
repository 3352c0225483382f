"""How much waits for staff, for the menus of all pages."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from ..models import Generation
from ..models.pagination import capped_count
from ..staff.alerts import attention_count

COUNT_AGAIN_AFTER = 15  # seconds: the attention list needs a query per section


class StaffCounts:
    """Counted when a template shows them; "" where there is nothing to say or no right to see it.

    A count is a number, or `99+` and the like.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def attention(self) -> str:
        if not self.request.user.has_perm("generations.view_generation"):
            return ""
        count = caches["local"].get_or_set("attention", attention_count, COUNT_AGAIN_AFTER)
        return "" if count == "0" else str(count)

    @cached_property
    def to_review(self) -> str:
        may_review = self.request.user.has_perm("generations.review_generation")
        if not may_review or settings.WANSTUDIO_REVIEW == "off":
            return ""
        count = capped_count(Generation.objects.waiting_for_review())
        return "" if count == "0" else count


def staff_counts(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Templates ask only for staff: `staff_counts.attention`, `.to_review`."""
    return {"staff_counts": StaffCounts(request)}
