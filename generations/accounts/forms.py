"""The forms of the accounts library with our labels, and `username` at the sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ..worker.task_queue import enqueue
from .addresses import replace_address

MAX_EMAIL = 254  # characters, RFC 5321
EMAIL = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
AGAIN = _("The same once more")
OPTIONAL_EMAIL = _("E-mail address (optional)")
EMAIL_HELP = _("To sign in with, and for a new password when you forget yours.")


class Labels:
    """Gives fields the labels of `labels`, and takes the words in empty fields away."""

    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if name in ("password", "oldpassword"):
                field.help_text = ""  # a link to the page for forgotten ones


class SignInForm(Labels, allauth_forms.LoginForm):
    """Name or e-mail address, and password. The field of the library, `login`, is `username`."""

    labels = {"password": PASSWORD}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Username or e-mail address"),
            max_length=MAX_EMAIL,
            widget=forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
            ),
        )

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))


class SignUpForm(Labels, allauth_forms.SignupForm):
    """Name, password and an address for those who like; rights are given by staff alone."""

    labels = {
        "username": _("Username"),
        "email": OPTIONAL_EMAIL,
        "password1": PASSWORD,
        "password2": AGAIN,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = EMAIL_HELP

    def clean_username(self) -> str:
        if "@" in self.cleaned_data["username"]:
            raise ValidationError(_("An address is no name: it could be somebody else's."))
        return str(super().clean_username())


class EmailForm(Labels, allauth_forms.AddEmailForm):
    """Another address. It counts as soon as it is confirmed; without mail set up, at once."""

    labels = {"email": EMAIL}

    def save(self, request: HttpRequest) -> EmailAddress:
        if settings.WANSTUDIO_MAIL:
            return super().save(request)
        return replace_address(self.user, self.cleaned_data["email"])


class ChangePasswordForm(Labels, allauth_forms.ChangePasswordForm):
    labels = {"oldpassword": _("Old password"), "password1": NEW_PASSWORD, "password2": AGAIN}


class SetPasswordForm(Labels, allauth_forms.SetPasswordForm):
    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}


class NewPasswordForm(Labels, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}


class ConfirmPasswordForm(Labels, allauth_forms.ReauthenticateForm):
    labels = {"password": PASSWORD}


class ResetPasswordForm(Labels, allauth_forms.ResetPasswordForm):
    """Asks a worker for the mail. Nothing here depends on whether somebody has the address."""

    labels = {"email": EMAIL}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        enqueue("send_password_reset", email, get_language())
        return email
