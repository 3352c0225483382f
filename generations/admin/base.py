"""What the pages of the admin share: their generic base classes, the person, the page of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from ..models import Event, Generation, SubmitThrottle

if TYPE_CHECKING:  # Django's admin is generic in its stubs alone
    GenerationModelAdmin = admin.ModelAdmin[Generation]
    EventModelAdmin = admin.ModelAdmin[Event]
    ThrottleModelAdmin = admin.ModelAdmin[SubmitThrottle]
else:
    GenerationModelAdmin = EventModelAdmin = ThrottleModelAdmin = admin.ModelAdmin


def user_of(request: HttpRequest) -> User:
    """Who asks. Nobody comes to a page of the admin without signing in."""
    return cast(User, request.user)


def page_of(pk: UUID | str) -> str:
    """The address of the page of one generation."""
    return reverse("admin:generations_generation_change", args=[pk])
