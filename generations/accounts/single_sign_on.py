"""People who come by single sign-on: their account, and whether they are staff."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

OIDC = "oidc"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Hooks of django-allauth (65.22)."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": _("Set a password first. Otherwise there would be no way to sign in."),
        "disconnect_last": _("This is the only way to sign in to this account."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Always true: the provider decides who may come."""
        return True

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Whether an existing account with this address belongs to the person.

        Both sides must have confirmed the address, because anybody can enter another's.
        """
        confirmed = EmailAddress.objects.filter(email=email.lower(), verified=True)
        return str(login.account.provider) == OIDC and confirmed.exists()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Make members of `WANSTUDIO_OIDC_STAFF_GROUP` staff, and others not."""
        group = settings.WANSTUDIO_OIDC_STAFF_GROUP
        user = sociallogin.user
        connects = sociallogin.state.get("process") == "connect"
        if not group or sociallogin.account.provider != OIDC or connects:
            return
        user.is_staff = user.is_superuser or group in groups_of(sociallogin.account.extra_data)
        if user.pk:
            user.save(update_fields=["is_staff"])

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("account")


def groups_of(data: dict[str, Any]) -> list[str]:
    """The claim `groups` of the ID token or the userinfo endpoint: a list, or one name."""
    claims = {**data.get("id_token", {}), **data.get("userinfo", {})}
    groups = claims.get("groups", [])
    return [groups] if isinstance(groups, str) else list(groups)
