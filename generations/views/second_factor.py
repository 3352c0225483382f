"""With `WANSTUDIO_STAFF_MFA`, whoever may enter the administration has a second factor."""

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import HttpResponseClientRedirect

from ..accounts.second_factor import has_second_factor
from .permissions import View
from .request import HttpRequest


class StaffMFAMiddleware(MiddlewareMixin):
    """Leads staff without one to where it is set up. Pages of the account itself stay open."""

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not settings.WANSTUDIO_STAFF_MFA or not getattr(view, "login_required", True):
            return None
        is_own_account = request.path.startswith(reverse("account"))
        if not request.user.is_staff or is_own_account or has_second_factor(request):
            return None
        page = reverse("mfa_index")
        return HttpResponseClientRedirect(page) if request.htmx else redirect(page)
