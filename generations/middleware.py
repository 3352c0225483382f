"""The first run: as long as nobody has an account, every page leads to `/setup/`."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

GetResponse = Callable[[HttpRequest], HttpResponse]


class FirstRunMiddleware:
    """Send everybody to the set-up until there is a user; then never ask again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.done = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.must_set_up(request):
            return redirect("setup")
        return self.get_response(request)

    def must_set_up(self, request: HttpRequest) -> bool:
        if self.done or request.path.startswith(self.open_paths()):
            return False
        self.done = get_user_model().objects.exists()
        return not self.done

    @staticmethod
    def open_paths() -> tuple[str, ...]:
        names = ("setup", "healthz", "set_language")
        static = f"/{settings.STATIC_URL.strip('/')}/"
        return (*map(reverse, names), "/metrics", static)
