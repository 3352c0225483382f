"""Submit throttles: which services send, and the button that resumes a paused one."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .. import wording
from ..models import SubmitThrottle
from ..providers import providers
from ..worker.task_queue import enqueue
from .base import ThrottleModelAdmin, admin_page, user_of
from .key_check import KeyCheckPages, described
from .permissions import REPAIR, SERVICES, ReadOnly, needs
from .repair import WhyForm


@admin.register(SubmitThrottle)
class SubmitThrottleAdmin(KeyCheckPages, ReadOnly, ThrottleModelAdmin):
    list_display = ("__str__", "state", "cause", "said")
    list_display_links = None
    ordering = ("provider", "model")
    actions = None
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(SERVICES)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.resume))
        return [path("<int:pk>/resume/", page, name="generations_resume"), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may = request.user.has_perm(REPAIR)
        return (*self.list_display, "resume_link") if may else self.list_display

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {
            "title": _("Services"),
            "services": [described(alias, provider) for alias, provider in providers.items()],
            "may_repair": request.user.has_perm(REPAIR),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    @admin.display(description=gettext_lazy("cause"))
    def cause(self, throttle: SubmitThrottle) -> str:
        return wording.cause(throttle.pause_code)

    @admin.display(description=gettext_lazy("details"))
    def said(self, throttle: SubmitThrottle) -> str:
        return throttle.pause_detail

    @admin.display(description=gettext_lazy("state"))
    def state(self, throttle: SubmitThrottle) -> str:
        if throttle.is_paused:
            return _("Paused until staff resume it")
        if throttle.paused_until and throttle.paused_until > timezone.now():
            return _("Waiting after failures")
        return _("Open")

    @admin.display(description=gettext_lazy("Resume"))
    def resume_link(self, throttle: SubmitThrottle) -> str:
        if not throttle.is_paused:
            return ""
        url = reverse("admin:generations_resume", args=[throttle.pk])
        return format_html('<a class="button" href="{}">{}</a>', url, _("Resume"))

    @needs(REPAIR)
    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks for a reason, POST resumes the throttle and enqueues a submit."""
        throttle = get_object_or_404(SubmitThrottle, pk=pk)
        form = WhyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self.open(request, throttle, form.cleaned_data["why"])
        title = _("Resume %(throttle)s") % {"throttle": throttle}
        context = {"throttle": throttle, "form": form}
        return admin_page(self, request, "submitthrottle/resume.html", title=title, **context)

    def open(self, request: HttpRequest, throttle: SubmitThrottle, why: str) -> HttpResponse:
        if throttle.is_paused:
            with transaction.atomic():
                throttle.resume(by=user_of(request), note=why)
                enqueue("submit_queued", throttle.provider, throttle.model)
            said = _("%(throttle)s sends again.") % {"throttle": throttle}
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:generations_attention"))

    @needs(SERVICES)
    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:generations_submitthrottle_changelist"))
