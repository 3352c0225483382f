"""How the accounts library behaves here: its messages, its links, and its lockout."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wanstudio.client_ip import client_network

from ..worker.task_queue import enqueue

WRONG = _("The name or the password is wrong. Capital letters count in the password.")


class AccountAdapter(DefaultAccountAdapter):
    """Hooks of django-allauth (65.22)."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": _("This is already your address."),
        "email_password_mismatch": WRONG,
        "enter_current_password": _("This is not your password."),
        "incorrect_password": _("This is not your password."),
        "rate_limited": _("Too many attempts. Try again in a few minutes."),
        "single_sign_on_only": _("You cannot sign in with a password here."),
        "too_many_login_attempts": _("Too many attempts. Try again in a few minutes."),
        "username_password_mismatch": WRONG,
        "username_taken": _("This name is taken, or looks like one that is taken."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """True, or raise Http404: if sign-up is closed, its page does not exist."""
        if settings.WANSTUDIO_SIGNUP != "open" or settings.WANSTUDIO_OIDC_ONLY:
            raise Http404
        return True

    def is_safe_url(self, url: str) -> bool:
        """True for the requested host only: on `localhost`, each person has a different site."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """The IPv4 address or IPv6 network; always the same behind a bare Unix socket."""
        return client_network(request) or "::"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """A name at an address, so that guessing locks nobody out elsewhere."""
        name = str(credentials.get("email") or credentials.get("username") or "")
        return f"{self.get_client_ip(request)} {name.casefold()}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if settings.WANSTUDIO_OIDC_ONLY:
            raise self.validation_error("single_sign_on_only")
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Enqueue `mail_confirmation` for a worker."""
        enqueue("send_confirmation", emailconfirmation.email_address.pk, get_language())

    def mail_confirmation(self, address: EmailAddress) -> None:
        super().send_confirmation_mail(None, EmailConfirmationHMAC(address), signup=False)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render and send without a request, because workers have none."""
        self.render_mail(template_prefix, email, context | {"email": email}).send()

    def get_reset_password_from_key_url(self, key: str) -> str:
        return link("account_reset_password_from_key", *key.split("-", 1))

    def get_email_confirmation_url(self, request: Any, emailconfirmation: Any) -> str:
        return link("account_confirm_email", emailconfirmation.key)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account" if self.request.user.is_authenticated else "login")


def link(name: str, *args: str) -> str:
    """The URL of the page with this name at `WANSTUDIO_URL`, whatever host was requested."""
    return settings.WANSTUDIO_URL + reverse(name, args=args)
