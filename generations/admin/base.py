"""What the pages of the admin share: generic base classes, the user, the page of a row."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from ..models import Event, Generation, SubmitThrottle

if TYPE_CHECKING:  # Django's admin is generic in its stubs alone
    GenerationModelAdmin = admin.ModelAdmin[Generation]
    EventModelAdmin = admin.ModelAdmin[Event]
    ThrottleModelAdmin = admin.ModelAdmin[SubmitThrottle]
else:
    GenerationModelAdmin = EventModelAdmin = ThrottleModelAdmin = admin.ModelAdmin


def admin_page(
    model_admin: Any, request: HttpRequest, template: str, *, title: Any, **context: Any
) -> TemplateResponse:
    """A page of our own in the admin; `template` is below `admin/generations/`."""
    shared = model_admin.admin_site.each_context(request)
    shared |= {"opts": model_admin.opts, "media": model_admin.media, "title": title}
    return TemplateResponse(request, f"admin/generations/{template}", shared | context)


def user_of(request: HttpRequest) -> User:
    """The signed-in user. Pages of the admin require one."""
    return cast(User, request.user)


def page_of(pk: UUID | str) -> str:
    """The URL of the page of one generation."""
    return reverse("admin:generations_generation_change", args=[pk])
