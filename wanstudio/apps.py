"""Apps of libraries, registered with our settings."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "wanstudio.admin.AdminSite"
