"""Mail to staff: where it leads, and a mail server that fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.cache import caches

from generations.models import Event
from generations.staff.alerts import mail_alerts
from tests.installation import free_port
from tests.mail_server import MailServer


@pytest.fixture
def mailed(settings: Any, db: None) -> list[Any]:
    settings.WANSTUDIO_MAIL = True
    settings.ADMINS = [("admin", "admin@example.com")]
    return mail.outbox


def test_every_mail_to_staff_leads_to_the_attention_list(
    mailed: list[Any], make_generation: Any, settings: Any
) -> None:
    settings.WANSTUDIO_URL = "https://studio.example.com"
    make_generation("unconfirmed")
    make_generation("running").log_event("unknown_word", note="FROB")
    mail_alerts()
    assert len(mailed) == 2
    link = "https://studio.example.com/admin/generations/generation/attention/"
    assert all(message.body.endswith(f"\n\n{link}\n") for message in mailed)


def test_an_outage_of_the_mail_server_is_told_once(
    mailed: list[Any], make_generation: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_generation("unconfirmed")
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    for _ in range(3):
        mail_alerts()
        caches["local"].clear()  # the pause after a failure is over
    [record] = [each for each in caplog.records if "could not be told" in each.getMessage()]
    assert record.exc_info is None
    [event] = Event.objects.filter(kind="not_told")
    assert "ConnectionRefusedError" in event.note

    settings.EMAIL_BACKEND = working
    mail_alerts()
    assert len(mailed) == 1
    make_generation("running", submitted_at="2020-01-01T00:00Z")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    mail_alerts()
    assert Event.objects.filter(kind="not_told").count() == 2  # another outage


def test_a_mail_server_that_failed_is_left_alone_for_a_while(
    mailed: list[Any], make_generation: Any, settings: Any
) -> None:
    make_generation("unconfirmed")
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        mail_alerts()
        settings.EMAIL_PORT = server.server_address[1]
        mail_alerts()
        assert server.mails == []
        caches["local"].clear()
        mail_alerts()
        assert len(server.mails) == 1
