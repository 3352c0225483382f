"""The pages of the accounts library at the studio's own URLs.

The library resolves its own names, `account_…`. `login`, `signup`, `password_change` and
`password_reset` are Django's names, which the rest of the studio, bookmarks and scripts use.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from allauth.account import views
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest
from django.urls import URLPattern, path

View = Callable[..., Any]


def again_if_taken(view: View) -> View:
    """Of two who ask for one name at one instant, the second one is told so by the form."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except IntegrityError:
            return view(*args, **kwargs)

    return checked


PAGES: dict[str, tuple[str, View]] = {
    "account_login": ("login/", views.login),
    "account_signup": ("signup/", again_if_taken(views.signup)),
    "account_inactive": ("inactive/", views.account_inactive),
    "account_reauthenticate": ("reauthenticate/", views.reauthenticate),
    # A person at somebody else's open session must not change the address.
    "account_email": ("email/", reauthentication_required(views.email, app="allauth.account")),
    "account_email_verification_sent": ("email/sent/", views.email_verification_sent),
    "mfa_index": ("second-factor/", mfa.index),
    "mfa_list_webauthn": ("second-factor/", mfa.index),
    "mfa_authenticate": ("second-factor/code/", mfa.authenticate),
    "mfa_reauthenticate": ("reauthenticate/code/", mfa.reauthenticate),
    "mfa_activate_totp": ("second-factor/app/", totp.activate_totp),
    "mfa_deactivate_totp": ("second-factor/app/remove/", totp.deactivate_totp),
    "mfa_view_recovery_codes": ("second-factor/recovery/", codes.view_recovery_codes),
    "mfa_generate_recovery_codes": ("second-factor/recovery/new/", codes.generate_recovery_codes),
    "mfa_add_webauthn": ("second-factor/passkey/", passkeys.add_webauthn),
    "mfa_remove_webauthn": ("second-factor/passkey/<int:pk>/remove/", passkeys.remove_webauthn),
    "mfa_reauthenticate_webauthn": ("reauthenticate/passkey/", passkeys.reauthenticate_webauthn),
    "socialaccount_login_cancelled": ("single-sign-on/cancelled/", social.login_cancelled),
    "socialaccount_connections": ("single-sign-on/", social.connections),
}
# With `WANSTUDIO_OIDC_ONLY`, these pages do not exist.
OF_PASSWORDS: dict[str, tuple[str, View]] = {
    "account_change_password": ("password_change/", views.password_change),
    "account_set_password": ("password_set/", views.password_set),
    "account_reset_password": ("password_reset/", views.password_reset),
    "account_reset_password_done": ("password_reset/done/", views.password_reset_done),
    "account_reset_password_from_key_done": ("reset/done/", views.password_reset_from_key_done),
    "mfa_login_webauthn": ("login/passkey/", login_not_required(passkeys.login_webauthn)),
}
DJANGO = {
    "account_login": "login",
    "account_signup": "signup",
    "account_change_password": "password_change",
    "account_reset_password": "password_reset",
}


def unless_single_sign_on_only(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if settings.WANSTUDIO_OIDC_ONLY:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


def patterns() -> Iterator[URLPattern]:
    guarded = {
        name: (route, unless_single_sign_on_only(view))
        for name, (route, view) in OF_PASSWORDS.items()
    }
    for ours, (route, view) in (PAGES | guarded).items():
        for name in filter(None, (DJANGO.get(ours), ours)):
            yield path(route, view, name=name)


urlpatterns = list(patterns())
