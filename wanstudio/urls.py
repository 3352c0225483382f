"""Which address leads where. The app's own pages are in `generations.urls`."""

from django.contrib import admin
from django.contrib.auth import urls as account_urls
from django.urls import include, path

from generations import views

urlpatterns = [
    path("", include("generations.urls")),
    path("setup/", views.setup, name="setup"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("accounts/signup/", views.signup, name="signup"),
    path("accounts/logout/", views.sign_out, name="logout"),
    path("accounts/", include(account_urls)),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/logout/", views.sign_out),
    path("admin/", admin.site.urls),
]

handler404 = "django.views.defaults.page_not_found"
handler500 = "django.views.defaults.server_error"
