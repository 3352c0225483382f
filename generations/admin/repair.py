"""Repairs: one row, one step, one reason. Each is a page that says what will happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..creation.create import IDTakenError, retry_generation
from ..creation.pricing import price
from ..creation.quotas import QuotaExceededError
from ..media import InvalidImageError
from ..models import BillingState, Generation
from ..providers import providers
from .permissions import MAKE_AGAIN, REPAIR, needs


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
    """`run` returns the row to show next, or None if the row had moved on meanwhile."""

    label: Any
    help: Any
    done: Any
    offered: Callable[[Generation], bool]
    run: Callable[[Generation, Any, dict[str, Any]], Generation | None]
    permission: str = REPAIR
    form: type[WhyForm] = WhyForm
    is_costly: bool = False


def check_again(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    return row if row.check_again(by=by, note=data["why"]) else None


def cancel(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    return row if row.cancel(by, note=data["why"]) else None


def save_again(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    return row if row.save_again(by=by, note=data["why"]) else None


def attach(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    provider = providers.get(row.provider)
    endpoint = provider.endpoint if provider else row.endpoint
    known = Generation.objects.filter(provider=row.provider, remote_id=data["remote_id"])
    if known.exists():
        raise forms.ValidationError(_("Another generation has this remote id."))
    done = row.attach(data["remote_id"], endpoint=endpoint, by=by, note=data["why"])
    return row if done else None


def was_billed(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    return row if row.resolve_billing(BillingState.YES, by=by, note=data["why"]) else None


def was_not_billed(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    return row if row.resolve_billing(BillingState.NO, by=by, note=data["why"]) else None


def make_again(row: Generation, by: Any, data: dict[str, Any]) -> Generation | None:
    """A new row. Sent twice, the same form makes it once: the form carries its id.

    The picture is copied within no transaction: a storage may take a minute.
    """
    try:
        made = retry_generation(row, data["new_id"], price=price_now(row))
    except QuotaExceededError as error:
        raise forms.ValidationError(error.sentence) from error
    except (IDTakenError, OSError, InvalidImageError) as error:
        raise forms.ValidationError(_("This cannot be asked for again.")) from error
    with transaction.atomic():
        if not made.events.filter(kind="made_again").exists():
            row.log_event("made_again", by=by, note=data["why"], data={"new": str(made.pk)})
            made.log_event("made_again", by=by, note=data["why"], data={"old": str(row.pk)})
    return made


def price_now(row: Generation) -> Any:
    provider = providers.get(row.provider)
    model = provider.model(row.model) if provider else None
    return price(row.provider, model, row.size) if model else row.price


REPAIRS = {
    "cancel": Repair(
        gettext_lazy("Cancel (free)"),
        gettext_lazy("Ends it before it is sent, for good."),
        gettext_lazy("Cancelled before it was sent."),
        lambda row: row.can_cancel,
        cancel,
    ),
    "check-again": Repair(
        gettext_lazy("Check again"),
        gettext_lazy("Asks the service once more about the task it knows. Free."),
        gettext_lazy("The service will be asked again."),
        lambda row: row.can_check_again,
        check_again,
    ),
    "save-again": Repair(
        gettext_lazy("Save again"),
        gettext_lazy("Begins the download anew, now. Free. A download under way is stopped."),
        gettext_lazy("The download begins anew."),
        lambda row: row.can_save_again,
        save_again,
    ),
    "attach": Repair(
        gettext_lazy("Attach a remote id"),
        gettext_lazy(
            "You have found the task in the service's console: its id connects it with this row. "
            "Free."
        ),
        gettext_lazy("Attached. The service will be asked about it."),
        lambda row: row.can_attach,
        attach,
        form=AttachForm,
    ),
    "billed": Repair(
        gettext_lazy("Mark as billed"),
        gettext_lazy(
            "The service's bill lists it, but the video is lost. The row ends as failed and counts "
            "as spent."
        ),
        gettext_lazy("Marked as billed."),
        lambda row: row.can_resolve_billing,
        was_billed,
    ),
    "not-billed": Repair(
        gettext_lazy("Mark as not billed"),
        gettext_lazy("The service's bill does not list it. The row ends as failed, at no cost."),
        gettext_lazy("Marked as not billed."),
        lambda row: row.can_resolve_billing,
        was_not_billed,
    ),
    "make-again": Repair(
        gettext_lazy("Make again"),
        gettext_lazy("Asks the service for the same once more, as a new generation. It costs."),
        gettext_lazy("Asked for once more: this is the new generation."),
        lambda row: row.can_make_again,
        make_again,
        permission=MAKE_AGAIN,
        form=AgainForm,
        is_costly=True,
    ),
}


class RepairPages(admin.ModelAdmin):
    """The part of the generation admin that repairs."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.repair))
        route = path("<uuid:pk>/repair/<slug:action>/", page, name="generations_repair")
        return [route, *super().get_urls()]

    @needs(REPAIR, MAKE_AGAIN)
    def repair(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """GET says what will happen and asks why; POST does it."""
        repair = REPAIRS.get(action)
        if repair is None:
            raise Http404
        return needs(repair.permission)(self.repair_one)(request, pk, repair)

    def repair_one(self, request: HttpRequest, pk: UUID, repair: Repair) -> HttpResponse:
        row = get_object_or_404(Generation.objects.select_related("owner"), pk=pk)
        form = repair.form(request.POST or None, initial={"new_id": uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                return self.carry_out(request, row, repair, form.cleaned_data)
            except forms.ValidationError as error:
                form.add_error(None, error)
        if not repair.offered(row):
            return self.moved_on(request, row)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": repair.label,
            "media": self.media,
            "row": row,
            "repair": repair,
            "form": form,
            "back": self.page_of(row.pk),
        }
        return TemplateResponse(request, "admin/generations/generation/repair.html", context)

    def carry_out(
        self, request: HttpRequest, row: Generation, repair: Repair, data: dict[str, Any]
    ) -> HttpResponse:
        shown = repair.run(row, request.user, data) if repair.offered(row) else None
        if shown is None:
            return self.moved_on(request, row)
        self.message_user(request, repair.done, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(shown.pk))

    def moved_on(self, request: HttpRequest, row: Generation) -> HttpResponse:
        self.message_user(request, _("This row has moved on: nothing was done."), messages.WARNING)
        return HttpResponseRedirect(self.page_of(row.pk))
