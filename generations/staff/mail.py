"""Mail to staff: each has a link to the studio, and a failing mail server is reported once."""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.cache import caches
from django.core.mail import mail_admins, send_mail
from django.urls import reverse
from django.utils import timezone

from ..models import Event, EventKind

log = logging.getLogger(__name__)

PAUSE = 60  # seconds until the next try after an error: each try may take ten
RESTING = "mail-server-failed"
REPEAT_AFTER = timedelta(hours=6)


def mail_staff(subject: str, body: str) -> None:
    """Mail the addresses in `ADMINS`, with the address of the attention list below the text.

    Raises OSError if the mail server fails; SMTP's own errors are of this kind.
    """
    link = settings.WANSTUDIO_URL + reverse("admin:generations_attention")
    mail_admins(subject, f"{body}\n\n{link}\n")


def send_test_mail(addresses: Sequence[str]) -> None:
    """Raises OSError if the mail server does not take it."""
    subject = f"{settings.EMAIL_SUBJECT_PREFIX}Test"
    body = f"Mail from this studio arrives.\n\n{settings.WANSTUDIO_URL}/\n"
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, list(addresses))


def is_resting() -> bool:
    """True for a minute after the mail server failed in this process."""
    return bool(caches["local"].get(RESTING))


def note_failure(error: OSError) -> None:
    """Log an outage in one line and one event: until a mail was sent, or for six hours."""
    caches["local"].set(RESTING, True, PAUSE)
    since = timezone.now() - REPEAT_AFTER
    mails = Event.objects.filter(kind__in=[EventKind.TOLD, EventKind.NOT_TOLD], at__gt=since)
    last = mails.order_by("-at", "-id").first()
    if last is None or last.kind == EventKind.TOLD:
        note = description(error)
        log.warning("staff could not be told: %s", note)
        Event.objects.create(kind=EventKind.NOT_TOLD, note=note)


def description(error: OSError) -> str:
    """The mail server's message, and what to set if that is known."""
    said = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPNotSupportedError) and settings.EMAIL_USE_TLS:
        return f"{said} For a relay without TLS, end EMAIL_URL in ?tls=off"
    if isinstance(error, ssl.SSLError) and settings.EMAIL_USE_SSL:
        return f"{said} If TLS begins with STARTTLS there, EMAIL_URL begins with smtp://"
    if isinstance(error, smtplib.SMTPServerDisconnected) and not settings.EMAIL_USE_SSL:
        return f"{said} If TLS begins at once there, EMAIL_URL begins with smtps://"
    return said
