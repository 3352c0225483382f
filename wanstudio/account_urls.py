"""The pages of the accounts library at the studio's own addresses.

It looks for its own names, `account_…`. `login`, `signup`, `password_change` and `password_reset`
are Django's, which the rest of the studio, bookmarks and scripts know.
"""

from allauth.account import views
from allauth.account.decorators import reauthentication_required
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

urlpatterns = [
    *(path(*PAGES[ours], name=name) for name, ours in DJANGO.items()),
    *(path(*page, name=f"account_{name}") for name, page in PAGES.items()),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
