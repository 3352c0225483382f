"""Repairs: one row, one action, one reason. Each page says what will happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..creation.catalog import price_of
from ..creation.create import retry_generation
from ..creation.quotas import QuotaExceededError
from ..media import InvalidImageError
from ..models import BillingState, EventKind, Generation
from ..providers import providers
from ..staff import repair
from .base import GenerationModelAdmin, admin_page, page_of
from .permissions import MAKE_AGAIN, REPAIR, needs

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class WhyForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy("It is recorded in the log, with your name."),
    )


class AttachForm(WhyForm):
    remote_id = forms.CharField(
        label=gettext_lazy("Remote ID"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("remote_id", "why")


class AgainForm(WhyForm):
    new_id = forms.UUIDField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class Repair:
    """One repair: its texts, when it is possible, and what it does.

    `run` returns False if the row has changed in the meantime, and the new row if it makes one.
    """

    label: StrOrPromise
    help: StrOrPromise
    done: StrOrPromise
    is_possible: Callable[[Generation], bool]
    run: Callable[..., bool | Generation]
    permission: str = REPAIR
    form: type[WhyForm] = WhyForm
    is_costly: bool = False


def attach(row: Generation, *, by: User, note: str, remote_id: str) -> bool:
    provider = providers.get(row.provider)
    endpoint = provider.endpoint if provider else row.endpoint
    known = Generation.objects.filter(provider=row.provider, remote_id=remote_id)
    if known.exists():
        raise forms.ValidationError(_("Another generation has this remote id."))
    return repair.attach(row, remote_id, endpoint=endpoint, by=by, note=note)


def make_again(row: Generation, *, by: User, note: str, new_id: UUID) -> Generation:
    """A new row. Posting the form twice makes one row, because the form has its ID.

    The picture is copied outside of a transaction, because a storage may take a minute.
    """
    try:
        made = retry_generation(row, new_id, price=price_of(row))
    except QuotaExceededError as error:
        raise forms.ValidationError(str(error)) from error
    except (OSError, InvalidImageError) as error:
        raise forms.ValidationError(_("This cannot be generated again.")) from error
    with transaction.atomic():
        if not made.events.filter(kind=EventKind.MADE_AGAIN).exists():
            row.log_event(EventKind.MADE_AGAIN, by=by, note=note, data={"new": str(made.pk)})
            made.log_event(EventKind.MADE_AGAIN, by=by, note=note, data={"old": str(row.pk)})
    return made


REPAIRS = {
    "cancel": Repair(
        gettext_lazy("Cancel (free)"),
        gettext_lazy("Cancels it for good, before it is sent."),
        gettext_lazy("Cancelled before it was sent."),
        lambda row: row.can_cancel,
        Generation.cancel,
    ),
    "check-again": Repair(
        gettext_lazy("Check again"),
        gettext_lazy("Asks the service about its task again. Free."),
        gettext_lazy("The service will be asked again."),
        repair.can_check_again,
        repair.check_again,
    ),
    "save-again": Repair(
        gettext_lazy("Save again"),
        gettext_lazy("Starts the download again, now. Free. A running download is stopped."),
        gettext_lazy("The download starts again."),
        repair.can_save_again,
        repair.save_again,
    ),
    "release-place": Repair(
        gettext_lazy("Release its place"),
        gettext_lazy(
            "It no longer counts as running at the provider, so that the next one is sent. "
            "We keep asking about it. Free."
        ),
        gettext_lazy("Its place is free for the next one."),
        repair.can_release_slot,
        repair.release_slot,
    ),
    "attach": Repair(
        gettext_lazy("Attach a remote id"),
        gettext_lazy(
            "You found the task in the service's console: its remote ID connects it with this "
            "generation. Free."
        ),
        gettext_lazy("Attached. The service will be asked about it."),
        repair.can_attach,
        attach,
        form=AttachForm,
    ),
    "billed": Repair(
        gettext_lazy("Mark as billed"),
        gettext_lazy(
            "The service's bill lists it, but the video is lost. The generation ends as failed and "
            "counts as spent."
        ),
        gettext_lazy("Marked as billed."),
        repair.can_resolve_billing,
        partial(repair.resolve_billing, billed=BillingState.YES),
    ),
    "not-billed": Repair(
        gettext_lazy("Mark as not billed"),
        gettext_lazy(
            "The service's bill does not list it. The generation ends as failed, at no cost."
        ),
        gettext_lazy("Marked as not billed."),
        repair.can_resolve_billing,
        partial(repair.resolve_billing, billed=BillingState.NO),
    ),
    "make-again": Repair(
        gettext_lazy("Make again"),
        gettext_lazy("Sends the same request again, as a new generation. It is billed."),
        gettext_lazy("Sent again: this is the new generation."),
        repair.can_make_again,
        make_again,
        permission=MAKE_AGAIN,
        form=AgainForm,
        is_costly=True,
    ),
}


class RepairPages(GenerationModelAdmin):
    """The repair pages of the generation admin."""

    @needs(REPAIR, MAKE_AGAIN)
    def repair_view(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """GET explains the repair and asks for a reason; POST carries it out."""
        if action not in REPAIRS:
            raise Http404
        chosen = REPAIRS[action]
        if not request.user.has_perm(chosen.permission):
            raise PermissionDenied
        row = get_object_or_404(Generation.objects.select_related("owner"), pk=pk)
        form = chosen.form(request.POST or None, initial={"new_id": uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                return self.carry_out(request, row, chosen, form.cleaned_data)
            except forms.ValidationError as error:
                form.add_error(None, error)
        if not chosen.is_possible(row):
            return self.has_changed(request, row)
        context = {"row": row, "repair": chosen, "form": form, "back": page_of(row.pk)}
        return admin_page(self, request, "generation/repair.html", title=chosen.label, **context)

    def carry_out(
        self, request: HttpRequest, row: Generation, chosen: Repair, data: dict[str, Any]
    ) -> HttpResponse:
        note = data.pop("why")
        done = chosen.is_possible(row) and chosen.run(row, by=request.user, note=note, **data)
        if not done:
            return self.has_changed(request, row)
        self.message_user(request, chosen.done, messages.SUCCESS)
        shown = done if isinstance(done, Generation) else row
        return HttpResponseRedirect(page_of(shown.pk))

    def has_changed(self, request: HttpRequest, row: Generation) -> HttpResponse:
        sentence = _("The state of this generation has changed: nothing was done.")
        self.message_user(request, sentence, messages.WARNING)
        return HttpResponseRedirect(page_of(row.pk))
