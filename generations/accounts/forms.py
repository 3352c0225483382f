"""The forms of the accounts library with our labels, and with `username` at the sign-in."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ..worker.task_queue import enqueue

MAX_EMAIL = 254  # characters, RFC 5321
EMAIL = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
AGAIN = _("The same once more")
OPTIONAL_EMAIL = _("E-mail address (optional)")
EMAIL_HELP = _("You can sign in with it, and use it to set a new password if you forget yours.")


class Labels:
    """Gives fields the labels of `labels`, and removes placeholders."""

    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if name in ("password", "oldpassword"):
                field.help_text = ""  # a link to the page for forgotten ones


class SignInForm(Labels, allauth_forms.LoginForm):
    """Name or e-mail address, and password. The library's field `login` is called `username`."""

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
    """Name, password and an optional address. Only staff give permissions."""

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
            raise ValidationError(
                _("A username cannot be an e-mail address: it could be somebody else's.")
            )
        return str(super().clean_username())


class EmailForm(Labels, allauth_forms.AddEmailForm):
    """A new address. It is used after it is confirmed; without mail set up, at once."""

    labels = {"email": EMAIL}

    def save(self, request: HttpRequest) -> EmailAddress:
        address = EmailAddress(user=self.user, email=self.cleaned_data["email"].lower())
        others = EmailAddress.objects.filter(user=self.user)
        with transaction.atomic():
            if not settings.WANSTUDIO_MAIL:
                others.delete()
                address.set_as_primary()
                return address
            # The address of today counts until the new one is confirmed.
            others.filter(verified=False).exclude(email=self.user.email).delete()
            address.save()
        send_verification_email_to_address(request, address)
        return address


class ChangePasswordForm(Labels, allauth_forms.ChangePasswordForm):
    labels = {"oldpassword": _("Old password"), "password1": NEW_PASSWORD, "password2": AGAIN}


class SetPasswordForm(Labels, allauth_forms.SetPasswordForm):
    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}


class NewPasswordForm(Labels, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}


class ConfirmPasswordForm(Labels, allauth_forms.ReauthenticateForm):
    labels = {"password": PASSWORD}


class ResetPasswordForm(Labels, allauth_forms.ResetPasswordForm):
    """Enqueues the mail for a worker. It behaves the same whether or not the address exists."""

    labels = {"email": EMAIL}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        enqueue("send_password_reset", email, get_language())
        return email
