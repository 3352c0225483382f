"""Which address leads where. The app's own pages are in `generations.urls`."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from generations.views import accounts, manifest, monitoring, single_sign_on
from wanstudio.account_urls import unless_single_sign_on_only

SSO = "accounts/single-sign-on/"

urlpatterns = [
    path("", include("generations.urls")),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("setup/", accounts.setup, name="setup"),
    path("livez", monitoring.livez, name="livez"),
    path("readyz", monitoring.readyz, name="readyz"),
    path("healthz", monitoring.healthz, name="healthz"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("accounts/", accounts.account, name="account"),
    path("accounts/sessions/", accounts.end_sessions, name="end_sessions"),
    path("accounts/email/confirm/<str:key>/", accounts.confirm_email, name="account_confirm_email"),
    re_path(
        r"^accounts/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        unless_single_sign_on_only(accounts.new_password),
        name="account_reset_password_from_key",
    ),
    path("accounts/", include("wanstudio.account_urls")),
    path(f"{SSO}<slug:provider_id>/", single_sign_on.start, name="single_sign_on"),
    path(
        f"{SSO}<slug:provider_id>/callback/",
        single_sign_on.callback,
        name="openid_connect_callback",
    ),
    *(
        path(
            f"{SSO}{provider}/callback/",
            single_sign_on.callback,
            {"provider_id": provider},
            name=f"{provider}_callback",
        )
        for provider in ("feishu", "dingtalk")
    ),
    path("accounts/logout/", accounts.sign_out, name="logout"),
    path("accounts/logout/", accounts.sign_out, name="account_logout"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("admin/login/", accounts.admin_sign_in),
    path("admin/logout/", accounts.sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    # The address of this page in earlier releases. Mails and bookmarks contain it.
    re_path(
        r"^admin/generations/lane/(?P<rest>.*)$",
        login_not_required(
            RedirectView.as_view(
                url="/admin/generations/submitthrottle/%(rest)s", query_string=True
            )
        ),
    ),
    path("admin/", admin.site.urls),
]

handler400 = "generations.views.errors.bad_request"
