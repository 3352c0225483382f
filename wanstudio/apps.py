"""Apps of others, registered with settings of our own."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "wanstudio.admin.AdminSite"
