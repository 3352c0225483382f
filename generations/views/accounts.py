"""The first run: make the administrator, sign in, and never be seen again."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

User = get_user_model()


class AdministratorForm(BaseUserCreationForm):
    """Name and password of the first administrator; the token too when others could come first."""

    token = forms.CharField(label=_("Set-up token"), strip=True)

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, token: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = token
        self.fields["username"].help_text = ""
        self.fields["password2"].help_text = ""
        if not token:
            del self.fields["token"]

    def clean_token(self) -> str:
        given = self.cleaned_data["token"]
        if not secrets.compare_digest(given.encode(), self.expected.encode()):
            raise forms.ValidationError(
                _("This is not the token that was printed when the studio started.")
            )
        return given

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


def setup(request: HttpRequest) -> HttpResponse:
    """Make the first administrator. 404 as soon as there is anybody."""
    if User.objects.exists():
        raise Http404
    form = AdministratorForm(request.POST or None, token=expected_token())
    if request.method == "POST" and form.is_valid():
        return first_administrator(request, form)
    return render(request, "setup.html", {"form": form})


def expected_token() -> str:
    """What the start printed, where others than this machine can reach the studio; else empty."""
    if not settings.WANSTUDIO_BEYOND_LOOPBACK:
        return ""
    return settings.WANSTUDIO_SETUP_TOKEN


def first_administrator(request: HttpRequest, form: AdministratorForm) -> HttpResponse:
    with transaction.atomic():
        # Of two browsers at the same moment one waits here. SQLite lets no two begin at all.
        kinds = ContentType.objects.select_for_update(no_key=True)
        kinds.get(app_label="auth", model="user")  # any row that is always there would do
        if User.objects.exists():
            raise Http404
        user = form.save()
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("generations:new")
