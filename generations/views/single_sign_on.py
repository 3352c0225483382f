"""To the sign-in of somebody else, and back."""

from __future__ import annotations

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
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

log = logging.getLogger(__name__)

STARTS: dict[str, Callable[..., Any]] = {
    "oidc": partial(oidc.login, provider_id="oidc"),
    "feishu": feishu.oauth2_login,
    "dingtalk": dingtalk.oauth2_login,
}
ENDS: dict[str, Callable[..., Any]] = {
    "oidc": partial(oidc.callback, provider_id="oidc"),
    "feishu": feishu.oauth2_callback,
    "dingtalk": dingtalk.oauth2_callback,
}


def connects(request: HttpRequest) -> bool:
    return request.POST.get("process") == "connect"


@login_not_required
@require_POST
@reauthentication_required(  # type: ignore[untyped-decorator]
    app="allauth.socialaccount", enabled=connects
)
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leave for the provider, by a page: the content-security policy ends forms at the studio."""
    response = answer(STARTS, request, provider_id)
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
    return answer(ENDS, request, provider_id)


def answer(
    views: dict[str, Callable[..., Any]], request: HttpRequest, provider_id: str
) -> HttpResponse:
    """404 without such a provider; a page that says so where it fails or makes no sense."""
    if provider_id not in settings.WANSTUDIO_SINGLE_SIGN_ON:
        raise Http404
    try:
        response: HttpResponse = views[provider_id](request)
    except (OSError, LookupError, TypeError, ValueError) as error:  # requests' own are OSErrors
        log.warning("single sign-on by %s failed: %s", provider_id, type(error).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)
    return response
