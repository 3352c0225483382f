"""The pages of the accounts library at the studio's own addresses.

It looks for its own names, `account_…`. `login`, `signup`, `password_change` and `password_reset`
are Django's, which the rest of the studio, bookmarks and scripts know.
"""

from allauth.account import views
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

PAGES = {
    "login": ("login/", views.login),
    "signup": ("signup/", views.signup),
    "change_password": ("password_change/", views.password_change),
    "reset_password": ("password_reset/", views.password_reset),
    "inactive": ("inactive/", views.account_inactive),
    "reauthenticate": ("reauthenticate/", views.reauthenticate),
    # Whoever finds an open session changes no address.
    "email": ("email/", reauthentication_required(views.email, app="allauth.account")),
    "email_verification_sent": ("email/sent/", views.email_verification_sent),
    "confirm_email": ("email/confirm/<str:key>/", views.confirm_email),
    "set_password": ("password_set/", views.password_set),
    "reset_password_done": ("password_reset/done/", views.password_reset_done),
    "reset_password_from_key_done": ("reset/done/", views.password_reset_from_key_done),
}
DJANGO = {
    "login": "login",
    "signup": "signup",
    "password_change": "change_password",
    "password_reset": "reset_password",
}

SECOND_FACTOR = {
    "index": ("second-factor/", mfa.index),
    "authenticate": ("second-factor/code/", mfa.authenticate),
    "reauthenticate": ("reauthenticate/code/", mfa.reauthenticate),
    "activate_totp": ("second-factor/app/", totp.activate_totp),
    "deactivate_totp": ("second-factor/app/remove/", totp.deactivate_totp),
    "view_recovery_codes": ("second-factor/recovery/", codes.view_recovery_codes),
    "generate_recovery_codes": ("second-factor/recovery/new/", codes.generate_recovery_codes),
    "list_webauthn": ("second-factor/", mfa.index),
    "add_webauthn": ("second-factor/passkey/", passkeys.add_webauthn),
    "remove_webauthn": ("second-factor/passkey/<int:pk>/remove/", passkeys.remove_webauthn),
    "login_webauthn": ("login/passkey/", login_not_required(passkeys.login_webauthn)),
    "reauthenticate_webauthn": ("reauthenticate/passkey/", passkeys.reauthenticate_webauthn),
}

urlpatterns = [
    *(path(*PAGES[ours], name=name) for name, ours in DJANGO.items()),
    *(path(*page, name=f"account_{name}") for name, page in PAGES.items()),
    *(path(*page, name=f"mfa_{name}") for name, page in SECOND_FACTOR.items()),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
