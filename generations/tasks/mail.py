"""Mails about accounts. Their links are made here: no token waits in the queue."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils import translation

from ..accounts.adapter import AccountAdapter
from ..staff.mail import description

log = logging.getLogger(__name__)


def send_password_reset(email: str, language: str) -> None:
    """Mail a link for a new password to `email`, if an account has it: three an hour at most."""
    form = ResetPasswordForm({"email": email})
    if form.is_valid() and form.users and may_send(email):
        send(form.save, None, language=language)


def send_confirmation(pk: int, language: str) -> None:
    """Mail the link that confirms an address, if there is still one to confirm."""
    address = EmailAddress.objects.filter(pk=pk, verified=False).first()
    if address and may_send(address.email):
        send(AccountAdapter().mail_confirmation, address, language=language)


def may_send(email: str) -> bool:
    """Count one more mail to this address; False if it has had three within an hour."""
    return bool(ratelimit.consume(HttpRequest(), action="mail", key=email))


def send(mail: Callable[..., Any], *args: Any, language: str) -> None:
    try:
        with translation.override(language):
            mail(*args)
    except OSError as error:  # SMTP's own errors are of this kind
        log.warning("a mail about an account could not be sent: %s", description(error))
