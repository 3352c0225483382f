"""A sign-in, and what the toolkit brings."""

from typing import Any

from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path


def sign_in(request: HttpRequest) -> HttpResponse:
    user: Any = authenticate(request, **{name: request.POST.get(name) for name in NAMES})
    if user is None:
        fields = "".join(f'<input name="{name}" id="{name}">' for name in NAMES)
        return HttpResponse(f'<form method="post">{fields}<button>Sign in there</button></form>')
    login(request, user)
    return HttpResponseRedirect(request.GET["next"])


NAMES = ("username", "password")
urlpatterns = [
    path("login/", sign_in),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
