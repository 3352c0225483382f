"""An account of one's own, where `WANSTUDIO_SIGNUP=open` lets people make it themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import BaseUserCreationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods


class SignupForm(BaseUserCreationForm):
    """Name and password; rights are given by staff alone."""

    class Meta:
        model = get_user_model()
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
        self.fields["password2"].help_text = ""


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
