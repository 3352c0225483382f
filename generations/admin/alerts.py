"""The attention list: what a person should look at now, most urgent first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..staff.alerts import ALERTS, nobody_works
from .base import GenerationModelAdmin
from .permissions import REPAIR, SEE, needs


class AttentionPage(GenerationModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.attention)
        return [path("attention/", page, name="generations_attention"), *super().get_urls()]

    @needs(SEE)
    def attention(self, request: HttpRequest) -> HttpResponse:
        found = {alert.key: alert.find() for alert in ALERTS}
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Attention"),
            "media": self.media,
            "nobody_works": nobody_works(),
            "may_repair": request.user.has_perm(REPAIR),
            "found": found,
            "is_calm": not any(found.values()),
        }
        return TemplateResponse(request, "admin/generations/generation/alerts.html", context)
