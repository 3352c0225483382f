"""Accounts: the first administrator, sign-up and sign-out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.views import LogoutView
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

User = get_user_model()

if TYPE_CHECKING:  # Django's forms are generic in its stubs alone
    from django.contrib.auth.models import User as AuthUser

    UserForm = BaseUserCreationForm[AuthUser]
else:
    UserForm = BaseUserCreationForm


class AdministratorForm(UserForm):
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
        given: str = self.cleaned_data["token"]
        if not secrets.compare_digest(given.encode(), self.expected.encode()):
            raise forms.ValidationError(
                _("This is not the token that was printed when the studio started.")
            )
        return given

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


@login_not_required
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


class SignupForm(UserForm):
    """Name and password; rights are given by staff alone."""

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
        self.fields["password2"].help_text = ""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in. 404 unless sign-up is open."""
    if settings.WANSTUDIO_SIGNUP != "open":
        raise Http404
    if request.user.is_authenticated:
        return redirect("generations:new")
    form = SignupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        return redirect("generations:new")
    return render(request, "registration/signup.html", {"form": form})


class SignOut(LogoutView):
    """Sign out, and have the browser drop the cached pages, pictures and videos of this person.

    Drafts stay where they are: no other person's page reads them.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


sign_out = login_not_required(SignOut.as_view())
