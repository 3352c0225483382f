"""Services: which lines are open, and the button that opens a paused one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .. import wording
from ..models import SubmitThrottle
from ..worker.task_queue import enqueue
from .base import ThrottleModelAdmin, user_of
from .key_check import KeyCheckPages
from .permissions import REPAIR, SERVICES, ReadOnly, needs
from .repair import WhyForm


@admin.register(SubmitThrottle)
class SubmitThrottleAdmin(KeyCheckPages, ReadOnly, ThrottleModelAdmin):
    list_display = ("__str__", "state", "cause", "said")
    list_display_links = None
    ordering = ("provider", "model")
    actions = None
    show_full_result_count = False

    class Media:
        css = {"all": ["admin_studio/studio.css"]}

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
            "services": self.services(),
            "may_repair": request.user.has_perm(REPAIR),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    @admin.display(description=gettext_lazy("cause"))
    def cause(self, lane: SubmitThrottle) -> str:
        return wording.cause(lane.pause_code)

    @admin.display(description=gettext_lazy("details"))
    def said(self, lane: SubmitThrottle) -> str:
        return lane.pause_detail

    @admin.display(description=gettext_lazy("state"))
    def state(self, lane: SubmitThrottle) -> str:
        if lane.is_paused:
            return _("Paused until staff resume it")
        if lane.paused_until and lane.paused_until > timezone.now():
            return _("Resting after failures")
        return _("Open")

    @admin.display(description=gettext_lazy("Resume"))
    def resume_link(self, lane: SubmitThrottle) -> str:
        if not lane.is_paused:
            return ""
        url = reverse("admin:generations_resume", args=[lane.pk])
        return format_html('<a class="button" href="{}">{}</a>', url, _("Resume"))

    @needs(REPAIR)
    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks why, POST opens the line and rings for those who wait."""
        lane = get_object_or_404(SubmitThrottle, pk=pk)
        form = WhyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self.open(request, lane, form.cleaned_data["why"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Resume %(lane)s") % {"lane": lane},
            "media": self.media,
            "lane": lane,
            "form": form,
        }
        return TemplateResponse(request, "admin/generations/submitthrottle/resume.html", context)

    def open(self, request: HttpRequest, lane: SubmitThrottle, why: str) -> HttpResponse:
        if lane.is_paused:
            with transaction.atomic():
                lane.resume(by=user_of(request), note=why)
                enqueue("submit_queued", lane.provider, lane.model)
            said = _("%(lane)s sends again.") % {"lane": lane}
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:generations_attention"))

    @needs(SERVICES)
    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:generations_submitthrottle_changelist"))
