"""Mail over real SMTP, and a mail server that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import caches

from generations.models import Event
from generations.staff.alerts import tell_of_concerns
from tests.installation import Installation, free_port
from tests.mail_server import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def studio(folder: Path, url: str, **variables: str) -> Installation:
    return Installation(folder, EMAIL_URL=url, ADMINS="ann@example.com", **variables)


def test_a_relay_without_tls_takes_a_test_mail_with_a_link_to_the_studio(
    tmp_path: Path, server: MailServer
) -> None:
    there = studio(
        tmp_path, f"smtp://{server.address}?tls=off",
        WANSTUDIO_HTTPS="on", ALLOWED_HOSTS=".example.org,studio.example.com",
    )  # fmt: skip
    said = there.manage("sendtestemail", "--skip-checks")
    assert said == (
        f"{server.address} has taken a mail from studio@localhost to ann@example.com.\n"
    )
    [mail] = server.mails
    assert "To: ann@example.com" in mail
    assert "https://studio.example.com/" in mail


def test_without_that_word_the_sentence_names_it(tmp_path: Path, server: MailServer) -> None:
    said = studio(tmp_path, f"smtp://{server.address}").manage("sendtestemail", fails=True)
    assert "For a relay without TLS, end EMAIL_URL in ?tls=off" in said
    assert "Traceback" not in said
    assert server.mails == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"EMAIL_URL": ""}, "EMAIL_URL is not set"),
        ({"ADMINS": ""}, "Name an address, or set ADMINS"),
        ({}, "The mail was not sent. 127.0.0.1:"),
    ],
)
def test_what_stops_a_test_mail_is_said(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    there = studio(tmp_path, f"smtp://127.0.0.1:{free_port()}?tls=off")
    said = there.manage("sendtestemail", fails=True, **variables)
    assert sentence in said
    assert "Traceback" not in said


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
    tell_of_concerns()
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
        tell_of_concerns()
        caches["local"].clear()  # the pause after a failure is over
    [record] = [each for each in caplog.records if "could not be told" in each.getMessage()]
    assert record.exc_info is None
    [event] = Event.objects.filter(kind="not_told")
    assert "ConnectionRefusedError" in event.note

    settings.EMAIL_BACKEND = working
    tell_of_concerns()
    assert len(mailed) == 1
    make_generation("running", submitted_at="2020-01-01T00:00Z")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    tell_of_concerns()
    assert Event.objects.filter(kind="not_told").count() == 2  # another outage


def test_a_mail_server_that_failed_is_left_alone_for_a_while(
    mailed: list[Any], make_generation: Any, settings: Any
) -> None:
    make_generation("unconfirmed")
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        tell_of_concerns()
        settings.EMAIL_PORT = server.server_address[1]
        tell_of_concerns()
        assert server.mails == []
        caches["local"].clear()
        tell_of_concerns()
        assert len(server.mails) == 1
