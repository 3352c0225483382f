"""Authenticator apps, passkeys, recovery codes: their names, who has one, how all are removed."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong. Try the next one.")
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return str(gettext("Passkey %d") % (count + 1))


def has_second_factor(request: HttpRequest) -> bool:
    """True if the account has one, or was signed in by single sign-on, which asks for it."""
    records = get_authentication_records(request, request.user)
    by_single_sign_on = any(record["method"] == "socialaccount" for record in records)
    return by_single_sign_on or is_mfa_enabled(request.user)


def remove_second_factor(user: User) -> bool:
    """Remove all factors, so that the password is enough. False if there were none."""
    deleted: tuple[int, Any] = Authenticator.objects.filter(user=user).delete()
    return bool(deleted[0])
