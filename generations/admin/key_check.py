"""The configured services, and the button that tests the key of one."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from wanstudio.provider_settings import variable

from ..creation.catalog import provider_name
from ..models import Event, EventKind
from ..providers import providers
from ..providers.base import KeyState, Provider
from ..wording import KEY_SENTENCES, REGION_NAMES
from ..worker.task_queue import enqueue
from .base import ThrottleModelAdmin, admin_page, user_of
from .permissions import REPAIR, SERVICES, needs

RESULTS_KEPT = 50  # the newest tests; a page shows its own from these


def described(alias: str, provider: Provider) -> dict[str, Any]:
    """One service for the page: its URL, and the variables that hold key and URL."""
    return {
        "alias": alias,
        "name": provider_name(alias, provider),
        "address": provider.endpoint,
        "can_check": provider.can_check_key,
        "key_variable": f"{variable(alias)}_API_KEY",
        "address_variable": f"{variable(alias)}_BASE_URL",
        "other_regions": [
            {"url": url, "region": REGION_NAMES.get(provider.regions.get(url, ""), "")}
            for url in provider.other_regions
        ],
    }


def results_of(check_id: UUID) -> list[dict[str, Any]]:
    """The worker's results of this test; empty until there are any."""
    newest = Event.objects.filter(kind=EventKind.KEY_CHECKED).order_by("-at")[:RESULTS_KEPT]
    own = next((each for each in newest if each.data["check_id"] == str(check_id)), None)
    results = own.data["results"] if own else []
    return [result | {"sentence": KEY_SENTENCES[result["state"]]} for result in results]


class KeyCheckPages(ThrottleModelAdmin):
    """Starts a test by a task of the worker, which has the key, and shows the result."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        start = guard(require_POST(self.start_check))
        result = guard(require_safe(self.check_result))
        return [
            path("<slug:alias>/key/", start, name="generations_check_key"),
            path("<slug:alias>/key/<uuid:check_id>/", result, name="generations_key_result"),
            *super().get_urls(),
        ]

    @needs(REPAIR)
    def start_check(self, request: HttpRequest, alias: str) -> HttpResponse:
        """Start a test. POST `regions=other` tests the other documented URLs of the service."""
        provider, check_id = provider_or_404(alias), uuid4()
        elsewhere = request.POST.get("regions") == "other" and bool(provider.other_regions)
        enqueue("check_key", alias, str(check_id), user_of(request).pk, elsewhere)
        url = reverse("admin:generations_key_result", args=[alias, check_id])
        if request.headers.get("HX-Request"):
            return self.check_result(request, alias, check_id)
        return HttpResponseRedirect(url)

    @needs(SERVICES)
    def check_result(self, request: HttpRequest, alias: str, check_id: UUID) -> HttpResponse:
        """The result, or that it is pending: a page, or a fragment for htmx."""
        provider, results = provider_or_404(alias), results_of(check_id)
        refused = [result for result in results if result["state"] == KeyState.REFUSED]
        is_own = [result["url"] for result in results] == [provider.endpoint]
        name = "_key_result.html" if request.headers.get("HX-Request") else "key_result.html"
        return admin_page(
            self,
            request,
            f"submitthrottle/{name}",
            title=provider_name(alias, provider),
            service=described(alias, provider),
            check_id=check_id,
            results=results,
            is_refused=bool(refused) and is_own,
            accepted_elsewhere=[
                result for result in results if result["state"] == KeyState.ACCEPTED and not is_own
            ],
        )


def provider_or_404(alias: str) -> Provider:
    provider = providers.get(alias)
    if provider is None or not provider.can_check_key:
        raise Http404
    return provider
