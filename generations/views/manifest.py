"""The web app manifest, for installing the studio on a phone or a desktop."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

ICONS = (192, 512)  # pixels; Chromium asks for both


@require_safe
@login_not_required
def manifest(request: HttpRequest) -> JsonResponse:
    """A view, not a file, because icons have hashed names in production."""
    icons = [
        {"src": static(f"img/icon-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png"}
        for side in ICONS
    ]
    maskable = icons[-1] | {"purpose": "maskable"}
    home = reverse("generations:new")
    content = {
        "name": "WAN Studio",
        "short_name": "WAN",
        "id": home,
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#f5f3ee",
        "theme_color": "#c2410f",
        "icons": [*icons, maskable],
    }
    return JsonResponse(content, content_type="application/manifest+json")
