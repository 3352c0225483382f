"""`manage.py createsuperuser`: Django's command, which needs no address with `--noinput`."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["interactive"]:
            options["email"] = options["email"] or ""  # then `DJANGO_SUPERUSER_EMAIL`, or none
        super().handle(*args, **options)
