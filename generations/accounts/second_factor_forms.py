"""The forms of authenticator apps, passkeys and recovery codes, with our labels.

Beside `second_factor`, since they load the library of passkeys: only web processes need it.
"""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import Labels

CODE = _("Code")


class CodeForm(Labels, AuthenticateForm):
    labels = {"code": CODE}


class ConfirmCodeForm(Labels, ReauthenticateForm):
    labels = {"code": CODE}


class ActivateForm(Labels, ActivateTOTPForm):
    labels = {"code": _("The code that the app shows")}


class PasskeyForm(Labels, AddWebAuthnForm):
    """A passkey that signs in without a name: it stores the account and verifies the person."""

    labels = {"name": _("Name of the passkey")}
    passwordless = forms.BooleanField(widget=forms.HiddenInput, initial=True)
