"""The one e-mail address of an account: Django's field and the accounts library's row of it."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import transaction


def replace_address(user: User, email: str) -> EmailAddress:
    """Make `email` the address of this account, unconfirmed. The one before counts no more."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        address = EmailAddress(user=user, email=email.lower())
        address.set_as_primary()
    return address
