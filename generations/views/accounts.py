"""Pages of accounts: the first administrator, a person's own account, signing out."""

import secrets
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from allauth.account.views import ConfirmEmailView, LogoutView, PasswordResetFromKeyView
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..accounts.forms import EMAIL_HELP, OPTIONAL_EMAIL
from ..accounts.sessions import end_other_sessions, sessions_of
from .permissions import own_path
from .request import HttpRequest

if TYPE_CHECKING:  # Django's forms are generic in its stubs alone
    UserForm = BaseUserCreationForm[User]
else:
    UserForm = BaseUserCreationForm


class AdministratorForm(UserForm):
    """Name and password of the first administrator, and the token if others can reach the page."""

    token = forms.CharField(label=_("Set-up token"), strip=True)

    class Meta:
        model = User
        fields = ("username", "email")
        labels = {"email": OPTIONAL_EMAIL}
        help_texts = {"username": "", "email": EMAIL_HELP}

    def __init__(self, *args: Any, token: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = token
        self.fields["password2"].help_text = ""
        if not token:
            del self.fields["token"]

    def clean_token(self) -> str:
        given: str = self.cleaned_data["token"]
        if not secrets.compare_digest(given.encode(), self.expected.encode()):
            raise forms.ValidationError(
                _("This is not the token that was printed when the studio started.")
            )
        return given

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


@login_not_required
def setup(request: HttpRequest) -> HttpResponse:
    """Create the first administrator. 404 as soon as there is a user."""
    if User.objects.exists():
        raise Http404
    # Only if other machines can reach the studio.
    token = settings.WANSTUDIO_SETUP_TOKEN if settings.WANSTUDIO_BEYOND_LOOPBACK else ""
    form = AdministratorForm(request.POST or None, token=token)
    if request.method == "POST" and form.is_valid():
        return first_administrator(request, form)
    return render(request, "setup.html", {"form": form})


def first_administrator(request: HttpRequest, form: AdministratorForm) -> HttpResponse:
    with transaction.atomic():
        # Of two browsers at the same time, one waits here. SQLite allows only one writer anyway.
        kinds = ContentType.objects.select_for_update(no_key=True)
        kinds.get(app_label="auth", model="user")  # any permanent row works
        if User.objects.exists():
            raise Http404
        user = form.save()
    response: HttpResponse = perform_login(request, user, signup=True)
    return response


def account(request: HttpRequest) -> HttpResponse:
    """The page of a person's own account: address, password, second factor, sessions."""
    user = request.user
    context = {
        "address": EmailAddress.objects.filter(user=user, email=user.email).first(),
        "has_second_factor": is_mfa_enabled(user),
        "sessions": sessions_of(user),
    }
    return render(request, "account/account.html", context)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign this person out everywhere else."""
    end_other_sessions(request.user, request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account")


class ConfirmEmail(ConfirmEmailView):
    """Following a link signs nobody out, whosever address it confirms."""

    def logout_other_user(self, confirmation: Any) -> None:
        """Nothing: the page says whose account it is."""


class NewPassword(PasswordResetFromKeyView):
    """Following a link signs nobody out, whosever password it sets."""

    def logout(self) -> None:
        """Nothing: the link is the right to set it."""


class SignOut(LogoutView):
    """Sign out by POST, and have the browser drop the cached pages, pictures and videos.

    Drafts stay where they are: no other person's page reads them.
    """

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


confirm_email = ConfirmEmail.as_view()
new_password = NewPassword.as_view()
sign_out = login_not_required(SignOut.as_view())


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the studio's sign-in, so that the administration has the same limits."""
    wanted = own_path(request, request.GET.get(REDIRECT_FIELD_NAME, "")) or reverse("admin:index")
    if not request.user.is_authenticated:
        query = urlencode({REDIRECT_FIELD_NAME: wanted})
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect(wanted)
