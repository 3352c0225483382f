"""`manage.py sendtestemail`: Django's command, which says what is wrong and what to set."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...staff.mail import description, send_test_mail


class Command(BaseCommand):
    help = "Sends a test mail to these addresses, or to those in ADMINS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addresses", nargs="*", metavar="address")

    def handle(self, *args: Any, **options: Any) -> None:
        addresses = options["addresses"] or [address for _, address in settings.ADMINS]
        if not settings.WANSTUDIO_MAIL:
            raise CommandError("EMAIL_URL is not set: the studio sends no mail.")
        if not addresses:
            raise CommandError("Name an address, or set ADMINS.")
        try:
            send_test_mail(addresses)
        except OSError as error:
            raise CommandError(f"The mail was not sent. {description(error)}") from error
        self.stdout.write(
            f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} has taken a mail from "
            f"{settings.DEFAULT_FROM_EMAIL} to {', '.join(addresses)}."
        )
