"""What people do with their generations. Only the owner, only by POST."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ..creation.catalog import price_of
from ..creation.create import retry_generation
from ..creation.quotas import QuotaExceededError, require_pace
from ..forms.fields import MESSAGES
from ..media import DiskFullError, InvalidImageError
from ..models import Generation, Status
from ..text import parse_uuid
from .permissions import own_path, owned_or_404, referring_page
from .presenters import card_of
from .request import HttpRequest
from .trash import restore_rows, to_trash


def redirect_back(request: HttpRequest, otherwise: str = "/") -> HttpResponse:
    """Redirect to the page that the request came from, if it is one of ours."""
    wanted = own_path(request, request.POST.get("next", ""))
    return redirect(wanted or referring_page(request, otherwise))


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel a row that was not sent. If a worker was faster, say so."""
    row = owned_or_404(request, pk)
    if not row.cancel(request.user):
        messages.warning(request, _("It was already being sent, so it could not be cancelled."))
    return redirect_back(request, detail_url(row))


@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same request as a new row. Asks first if the old one may have been billed."""
    row = owned_or_404(request, pk)
    if not row.has_ended:
        raise Http404
    if request.method == "GET":
        context = {"row": row, "card": card_of(row, request.user), "id": uuid4()}
        return render(request, "generations/again.html", context)
    fresh = parse_uuid(request.POST.get("id", ""))  # of the form: two presses create one row
    unsure = row.status == Status.UNCONFIRMED and request.POST.get("sure") != "yes"
    if fresh is None or unsure:
        return redirect("generations:again", pk)
    return retry(request, row, fresh)


def retry(request: HttpRequest, row: Generation, pk: UUID) -> HttpResponse:
    """Redirect to the new row `pk`, created now or before; or back, with the reason."""
    try:
        require_pace(request.user)
        fresh = retry_generation(row, pk, price=price_of(row))
    except QuotaExceededError as refusal:
        messages.error(request, str(refusal))
    except DiskFullError:
        messages.error(request, MESSAGES["not_stored"])
    except (InvalidImageError, OSError):
        messages.error(request, _("The picture that it started from can no longer be read."))
    else:
        return redirect("generations:detail", fresh.pk)
    return redirect("generations:detail", row.pk)


@require_POST
def toggle(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """Set `favourite` or `shared`: POST `to=on` or `to=off`, else to what it is not."""
    if name == "shared" and settings.WANSTUDIO_SHARING != "owner":
        raise Http404
    row = owned_or_404(request, pk)
    value = {"on": True, "off": False}.get(request.POST.get("to", ""), not getattr(row, name))
    Generation.objects.owned_by(request.user).filter(pk=pk).update(**{name: value})
    return HttpResponse(status=204) if request.htmx else redirect_back(request, detail_url(row))


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move to the trash. An open or unconfirmed row stays, because it may be billed."""
    row = owned_or_404(request, pk)
    if row.is_open:
        raise Http404
    to_trash(request, [row.pk])
    return redirect_back(request, "/gallery/")


def uuid_or_404(text: str) -> UUID:
    if pk := parse_uuid(text):
        return pk
    raise Http404


def detail_url(row: Generation) -> str:
    return f"/v/{row.pk}/"


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = owned_or_404(request, pk)
    restore_rows(request, [row.pk])
    return redirect_back(request, detail_url(row))
