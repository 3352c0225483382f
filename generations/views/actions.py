"""What people do with their generations. Only the owner, only by POST."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ..creation.catalog import price_of
from ..creation.create import IDTakenError, retry_generation
from ..creation.quotas import QuotaExceededError, require_pace
from ..forms.fields import MESSAGES
from ..media import DiskFullError, InvalidImageError
from ..models import Generation, Status
from ..text import parse_uuid
from .files import zip_response
from .permissions import owned_or_404, referring_page, sends_a_file
from .presenters import title_of
from .request import HttpRequest

AT_ONCE = 200  # rows that one press may touch


def redirect_back(request: HttpRequest, otherwise: str = "/") -> HttpResponse:
    """To where the press came from, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, request.is_secure()
    ):
        return redirect(wanted)
    return redirect(referring_page(request, otherwise))


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel what was not sent. If a worker was faster, say so."""
    row = owned_or_404(request, pk)
    if not row.cancel(request.user):
        messages.warning(request, _("It was being sent already, so it could not be cancelled."))
    return redirect_back(request, detail_url(row))


@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same ask as a new row. What may be billed already asks first."""
    row = owned_or_404(request, pk)
    if not row.has_ended:
        raise Http404
    if request.method == "GET":
        return render(request, "generations/again.html", {"row": row, "id": uuid4()})
    fresh = parse_uuid(request.POST.get("id", ""))  # of the form: two presses mean one row
    unsure = row.status == Status.UNCONFIRMED and request.POST.get("sure") != "yes"
    if fresh is None or unsure:
        return redirect("generations:again", pk)
    return retry(request, row, fresh)


def retry(request: HttpRequest, row: Generation, pk: UUID) -> HttpResponse:
    """To the new row `pk`, made now or by an earlier press; or back, with the reason."""
    try:
        require_pace(request.user)
        fresh = retry_generation(row, pk, price=price_of(row))
    except QuotaExceededError as refusal:
        messages.error(request, refusal.sentence)
    except IDTakenError:
        raise Http404 from None
    except DiskFullError:
        messages.error(request, MESSAGES["not_stored"])
    except (InvalidImageError, OSError):
        messages.error(request, _("The picture it started from cannot be read any more."))
    else:
        return redirect("generations:detail", fresh.pk)
    return redirect("generations:detail", row.pk)


@require_POST
def favourite(request: HttpRequest, pk: UUID) -> HttpResponse:
    return toggle(request, pk, "favourite")


@require_POST
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    if settings.WANSTUDIO_SHARING != "owner":
        raise Http404
    return toggle(request, pk, "shared")


def toggle(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    row = owned_or_404(request, pk)
    value = {"on": True, "off": False}.get(request.POST.get("to", ""), not getattr(row, name))
    Generation.objects.owned_by(request.user).filter(pk=pk).update(**{name: value})
    return HttpResponse(status=204) if request.htmx else redirect_back(request, detail_url(row))


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into the trash. A row on its way, or in doubt, stays: it would be billed unseen."""
    row = owned_or_404(request, pk)
    if row.is_open:
        raise Http404
    to_trash(request, [row])
    return redirect_back(request, "/gallery/")


@require_POST
def selection(request: HttpRequest) -> HttpResponseBase:
    """One press for many rows: delete, restore, download. The stars of the tiles come here too."""
    if pk := request.POST.get("favourite"):
        return toggle(request, uuid_or_404(pk), "favourite")
    action, ids = request.POST.get("action", ""), request.POST.getlist("id")
    if action == "download":
        return download_many(request, ids)
    if action == "delete":
        delete_many(request, ids)
    elif action == "restore":
        restore_rows(request, selected_rows(request, ids))
    else:
        raise Http404
    return redirect_back(request, "/gallery/")


def delete_many(request: HttpRequest, ids: list[str]) -> None:
    """Into the trash with one's own; of others' it is said that they stay."""
    rows = selected_rows(request, ids)
    foreign = Generation.objects.visible_to(request.user).exclude(owner=request.user)
    others = foreign.filter(pk__in=map(uuid_or_404, ids[:AT_ONCE])).count()
    if others:
        messages.info(request, others_stay(others))
    if rows or not others:
        to_trash(request, rows)


def others_stay(count: int) -> str:
    sentence = ngettext(
        "%(count)d of the chosen videos is somebody else's: only its owner can delete it.",
        "%(count)d of the chosen videos are somebody else's: only their owners can delete them.",
        count,
    )
    return sentence % {"count": count}


def uuid_or_404(text: str) -> UUID:
    if pk := parse_uuid(text):
        return pk
    raise Http404


def selected_rows(request: HttpRequest, ids: list[str]) -> list[Generation]:
    pks = [uuid_or_404(text) for text in ids[:AT_ONCE]]
    rows = Generation.objects.owned_by(request.user).filter(pk__in=pks)
    return [row for row in rows if row.has_ended]


def to_trash(request: HttpRequest, rows: list[Generation]) -> None:
    in_doubt = [row for row in rows if not row.can_trash]
    if in_doubt:
        messages.warning(request, stays())
    mine = [row for row in rows if row.can_trash and row.trashed_at is None]
    pks = [row.pk for row in mine]
    trashable = Generation.objects.owned_by(request.user).settled()
    trashable.filter(pk__in=pks).update(trashed_at=timezone.now())
    if not mine:
        if not in_doubt:
            messages.info(request, _("Nothing was chosen."))
        return
    sentence = ngettext(
        "%(count)d video is in the trash for %(days)s days.",
        "%(count)d videos are in the trash for %(days)s days.",
        len(mine),
    )
    if len(mine) == 1:
        sentence = _("“%(prompt)s” is in the trash for %(days)s days.")
    words = {"prompt": title_of(mine[0], 40), "count": len(mine)}
    said = sentence % (words | {"days": settings.WANSTUDIO_TRASH_DAYS})
    messages.success(request, said, extra_tags="undo " + " ".join(str(pk) for pk in pks))


def stays() -> str:
    return _(
        "What could not be confirmed stays here: it may have been billed. "
        "Staff look at the bill first."
    )


def restore_rows(request: HttpRequest, rows: list[Generation]) -> None:
    pks = [row.pk for row in rows]
    Generation.objects.owned_by(request.user).filter(pk__in=pks).update(trashed_at=None)
    if rows:
        sentence = ngettext("%(count)d video is back.", "%(count)d videos are back.", len(rows))
        messages.success(request, sentence % {"count": len(rows)})


@sends_a_file
def download_many(request: HttpRequest, ids: list[str]) -> HttpResponseBase:
    pks = [uuid_or_404(text) for text in ids[:AT_ONCE]]
    rows = Generation.objects.visible_to(request.user).filter(pk__in=pks)
    if not rows:
        messages.info(request, _("Nothing was chosen."))
        return redirect_back(request, "/gallery/")
    return zip_response(rows)


def detail_url(row: Generation) -> str:
    return f"/v/{row.pk}/"


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    rows = [get_object_or_404(Generation.objects.owned_by(request.user), pk=pk)]
    restore_rows(request, rows)
    return redirect_back(request, detail_url(rows[0]))
