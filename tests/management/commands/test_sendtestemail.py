"""A test mail over real SMTP, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
