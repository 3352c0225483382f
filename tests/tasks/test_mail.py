"""Mails about accounts: what waits in the queue, who gets them, and where their links lead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from generations.models import RateLimit
from generations.tasks.mail import send_confirmation, send_password_reset

STUDIO = "https://studio.example.com"
LINK = re.compile(rf"{STUDIO}(\S+)")
ADDRESS = "owner@example.com"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def with_mail(settings: Any) -> None:
    settings.WANSTUDIO_MAIL, settings.WANSTUDIO_URL = True, STUDIO
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


def link() -> str:
    """The path in the last mail."""
    found = LINK.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def test_the_link_of_a_reset_leads_to_the_studio_and_sets_a_password(
    client: Client, owner: User
) -> None:
    send_password_reset(ADDRESS, "en")
    assert mail.outbox[0].to == [ADDRESS]
    assert mail.outbox[0].subject == "[WAN Studio] A new password for WAN Studio"
    form = client.get(link(), follow=True)
    new = {"password1": "correct horse 7", "password2": "correct horse 7"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Password changed" in done.content.decode()
    owner.refresh_from_db()
    assert owner.check_password("correct horse 7")
    again = client.get(link(), follow=True).content.decode()
    assert "already used, or is too old" in again


def test_following_a_link_signs_nobody_out(client: Client, owner: User, stranger: User) -> None:
    client.force_login(stranger)
    send_password_reset(ADDRESS, "en")
    assert client.get(link(), follow=True).status_code == 200
    send_confirmation(EmailAddress.objects.create(user=owner, email="new@example.com").pk, "en")
    assert client.get(link()).status_code == 200
    assert client.session["_auth_user_id"] == str(stranger.pk)


def test_the_mail_speaks_the_language_of_who_asked(owner: User) -> None:
    send_password_reset(ADDRESS, "zh-hans")
    assert "密码" in mail.outbox[0].subject


@pytest.mark.parametrize("email", ["nobody@example.com", "gone@example.com"])
def test_who_has_no_account_gets_no_mail(email: str) -> None:
    User.objects.create_user("gone", "gone@example.com", "password", is_active=False)
    send_password_reset(email, "en")
    assert not mail.outbox


def test_an_address_gets_three_mails_an_hour_at_most(owner: User, stranger: User) -> None:
    for _ in range(5):
        send_password_reset(ADDRESS, "en")
    assert len(mail.outbox) == 3
    send_password_reset("stranger@example.com", "en")
    assert len(mail.outbox) == 4
    for row in RateLimit.objects.all():
        row.value = [moment - 3600 for moment in row.value]
        row.save()
    send_password_reset(ADDRESS, "en")
    assert len(mail.outbox) == 5


def test_a_mail_server_that_fails_is_a_line_without_the_address(
    owner: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    send_password_reset(ADDRESS, "en")
    assert "could not be sent" in caplog.text
    assert ADDRESS not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_queue_holds_no_token_and_does_not_tell_who_has_an_account(
    client: Client, owner: User
) -> None:
    get_broker().purge_queue()
    pages = []
    for email in (ADDRESS, "nobody@example.com"):
        pages.append(client.post("/accounts/password_reset/", {"email": email}, follow=True))
    assert [page.redirect_chain for page in pages] == [
        [("/accounts/password_reset/done/", 302)]
    ] * 2
    tasks = [SignedPackage.loads(get_broker().dequeue()[0][1]) for _ in pages]
    assert [task["args"] for task in tasks] == [(ADDRESS, "en"), ("nobody@example.com", "en")]
    assert not mail.outbox
    get_broker().purge_queue()


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_new_address_counts_when_it_is_confirmed(
    client: Client, owner: User, confirmed: bool
) -> None:
    """Until then the one before does, which may never have been confirmed."""
    EmailAddress.objects.create(user=owner, email=ADDRESS, verified=confirmed, primary=True)
    client.force_login(owner)
    client.post("/accounts/reauthenticate/", {"password": "password"})
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    owner.refresh_from_db()
    assert owner.email == ADDRESS
    assert "new@example.com" in client.get("/accounts/email/").content.decode()
    send_confirmation(EmailAddress.objects.get(email="new@example.com").pk, "en")
    assert mail.outbox[0].to == ["new@example.com"]
    client.logout()  # the mail may be read elsewhere
    assert client.get(link()).status_code == 200
    client.post(link())
    owner.refresh_from_db()
    assert owner.email == "new@example.com"
    assert "too old" in client.get(link()).content.decode()


def test_an_address_that_belongs_to_another_account_is_never_taken_over(
    client: Client, owner: User, stranger: User
) -> None:
    EmailAddress.objects.create(user=owner, email=ADDRESS, verified=True, primary=True)
    theirs = EmailAddress.objects.create(user=stranger, email=ADDRESS)
    send_confirmation(theirs.pk, "en")
    assert "Another account has confirmed" in client.get(link()).content.decode()
    client.post(link())
    assert not EmailAddress.objects.get(pk=theirs.pk).verified
    mail.outbox.clear()
    send_password_reset(ADDRESS, "en")
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert "owner" in str(mail.outbox[0].body)


def test_signing_up_asks_for_a_mail_and_does_not_wait_for_it(
    client: Client, owner: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    data = {"username": "new", "password1": "correct horse 7", "password2": "correct horse 7"}
    with django_capture_on_commit_callbacks() as tasks:
        answer = client.post("/accounts/signup/", data | {"email": ADDRESS})
    assert (answer.status_code, len(tasks)) == (302, 1)
    # That somebody has this address already is not told.
    assert client.get("/").status_code == 200
    assert not EmailAddress.objects.get(user__username="new").verified
