"""Accounts in the admin, and what happens when a person leaves."""

from typing import TYPE_CHECKING, Any

import allauth.account.admin  # registers what is unregistered below
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..accounts.names import NameTakenError
from ..accounts.second_factor import remove_second_factor
from ..staff import offboarding
from ..text import isolate
from .base import admin_page, user_of
from .permissions import needs

if TYPE_CHECKING:  # Django's admin is generic in its stubs alone
    AccountAdmin = UserAdmin[User]
else:
    AccountAdmin = UserAdmin

DELETE = "auth.delete_user"


class LeaveForm(forms.Form):
    """What happens to the videos of a person who leaves."""

    videos = forms.ChoiceField(
        label=gettext_lazy("Videos"),
        choices=[
            ("stay", gettext_lazy("stay as they are")),
            ("hand_over", gettext_lazy("go to another person")),
            ("trash", gettext_lazy("go to the trash, and are deleted later")),
        ],
    )
    to = forms.ModelChoiceField(User.objects.none(), required=False, label=gettext_lazy("To whom"))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others: Any = self.fields["to"]
        others.queryset = User.objects.filter(is_active=True).exclude(pk=person.pk)

    def clean(self) -> None:
        if self.cleaned_data.get("videos") == "hand_over" and not self.cleaned_data.get("to"):
            self.add_error("to", _("Choose who gets the videos."))


class PeopleAdmin(AccountAdmin):
    """Django's own admin of users, with a page for people who leave."""

    actions = ("remove_second_factor",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.leave)
        return [path("<int:pk>/leave/", page, name="auth_user_leave"), *super().get_urls()]

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form. A name that was taken since the check is checked again, and refused there."""
        try:
            response: HttpResponse = super().changeform_view(*args, **kwargs)
        except NameTakenError:
            response = super().changeform_view(*args, **kwargs)
        return response

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An address that staff have changed is no longer confirmed."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without bulk deletion: each account with generations needs a decision."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(
        description=gettext_lazy("Remove the second factor of somebody who has lost it"),
        permissions=["change"],
    )
    def remove_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Only administrators can do this for an administrator."""
        if not user_of(request).is_superuser:
            people = people.filter(is_superuser=False)
        for person in people:
            if remove_second_factor(person):
                self.log_change(request, person, _("The second factor was removed."))
        self.message_user(request, _("The password alone is enough to sign in now."))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        if person and offboarding.has_history(person):
            return HttpResponseRedirect(reverse("admin:auth_user_leave", args=[person.pk]))
        response: HttpResponse = super().delete_view(request, object_id, extra_context)
        return response

    @needs(DELETE)
    def leave(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks what happens to the videos, POST deactivates the account."""
        person = get_object_or_404(User, pk=pk)
        if person == request.user or person.is_superuser and not user_of(request).is_superuser:
            raise PermissionDenied
        form = LeaveForm(request.POST or None, person=person)
        if request.method == "POST" and form.is_valid():
            return self.left(request, person, form.cleaned_data)
        return admin_page(
            self,
            request,
            "leave.html",
            title=_("%(person)s leaves") % {"person": isolate(person.get_username())},
            person=person,
            form=form,
            count=person.generations.count(),
            days=settings.WANSTUDIO_TRASH_DAYS,
        )

    @transaction.atomic
    def left(self, request: HttpRequest, person: User, choice: dict[str, Any]) -> HttpResponse:
        offboarding.deactivate(person)
        said = [_("The account is deactivated.")]
        if choice["videos"] == "hand_over":
            count = offboarding.hand_over(person, choice["to"])
            said.append(
                ngettext("%d video was handed over.", "%d videos were handed over.", count) % count
            )
        elif choice["videos"] == "trash":
            count, stays = offboarding.trash_videos(person)
            said.append(
                ngettext("%d video is in the trash.", "%d videos are in the trash.", count) % count
            )
            if stays:
                said.append(_("%d stay: they are in progress or not confirmed.") % stays)
        self.log_change(request, person, " ".join(said))
        self.message_user(request, " ".join(said), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))


admin.site.unregister(User)
admin.site.register(User, PeopleAdmin)
# E-mail addresses are edited with their account. Keys of sessions and second factors are shown to
# nobody. Identity providers are configured in the environment.
admin.site.unregister(
    [EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken]
)
