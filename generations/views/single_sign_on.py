"""To the sign-in of somebody else, and back."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.providers.dingtalk import views as dingtalk
from allauth.socialaccount.providers.feishu import views as feishu
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

log = logging.getLogger(__name__)

# The library's views: to the provider, and back.
VIEWS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "oidc": (partial(oidc.login, provider_id="oidc"), partial(oidc.callback, provider_id="oidc")),
    "feishu": (feishu.oauth2_login, feishu.oauth2_callback),
    "dingtalk": (dingtalk.oauth2_login, dingtalk.oauth2_callback),
}
START, BACK = 0, 1


def connects(request: HttpRequest) -> bool:
    return request.POST.get("process") == "connect"


@login_not_required
@require_POST
@reauthentication_required(  # type: ignore[untyped-decorator]
    app="allauth.socialaccount", enabled=connects
)
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leave for the provider, by a page: the content-security policy ends forms at the studio."""
    response = answer(request, provider_id, START)
    if response.status_code != 302:
        return response
    context = {"url": response["Location"], "name": settings.WANSTUDIO_SINGLE_SIGN_ON[provider_id]}
    page = render(request, "socialaccount/leaving.html", context)
    page["Refresh"] = f"0; url={response['Location']}"
    return page


@login_not_required
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider, with its code."""
    return answer(request, provider_id, BACK)


def answer(request: HttpRequest, provider_id: str, way: int) -> HttpResponse:
    """404 without such a provider; a page that says so where it fails or makes no sense."""
    if provider_id not in settings.WANSTUDIO_SINGLE_SIGN_ON:
        raise Http404
    try:
        response: HttpResponse = VIEWS[provider_id][way](request)
    # Errors of requests are OSErrors. Another person may take the name at the same time.
    except (OSError, LookupError, TypeError, ValueError, IntegrityError) as error:
        log.warning("single sign-on by %s failed: %s", provider_id, type(error).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)
    return response
