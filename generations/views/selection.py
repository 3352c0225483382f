"""One press for many rows: those that are ticked, or all that match the filters of the page."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_POST

from ..creation.conversion import MAX_CLIPS, problem
from ..models import Generation
from ..models.batches import batched
from ..models.querysets import GenerationQuerySet
from ..text import isolate, parse_uuid
from .actions import redirect_back, toggle, uuid_or_404
from .archive import zip_response
from .collections import chosen_collection, own_or_404
from .compare import PLACES, compare_url
from .conversions import arrange
from .filters import Filters, filtered
from .permissions import sends_a_file
from .request import HttpRequest
from .trash import NOTHING_CHOSEN, delete_for_good, restore_rows, to_trash, undo


@require_POST
@sends_a_file
def selection(request: HttpRequest) -> HttpResponseBase:
    """`action` for every `id`; ids may be joined by commas. With `all`, for every row that
    `filters` (a query string of the gallery) finds. The stars of the tiles come here too.
    """
    if pk := request.POST.get("favourite"):
        return toggle(request, uuid_or_404(pk), "favourite")
    if not (act := ACTIONS.get(request.POST.get("action", ""))):
        raise Http404
    return act(request) or redirect_back(request, "/gallery/")


def chosen_pks(request: HttpRequest, rows: GenerationQuerySet) -> list[UUID]:
    """The ids of those of `rows` that were chosen, newest first."""
    if request.POST.get("all"):
        filters = Filters(QueryDict(request.POST.get("filters", "")), request.user)
        rows = filtered(rows, filters.chosen(), request.user)
        return list(rows.values_list("pk", flat=True))
    ids = [uuid_or_404(text) for texts in request.POST.getlist("id") for text in texts.split(",")]
    parts = [rows.filter(pk__in=batch).values_list("pk", flat=True) for batch in batched(ids)]
    return [pk for part in parts for pk in part]


def visible_pks(request: HttpRequest) -> list[UUID]:
    return chosen_pks(request, Generation.objects.visible_to(request.user))


def own_pks(request: HttpRequest) -> list[UUID]:
    """Own ones of the chosen videos; of others' it is said that they stay as they are."""
    visible = Generation.objects.visible_to(request.user)
    if others := len(chosen_pks(request, visible.exclude(owner=request.user))):
        messages.info(request, others_stay(others))
    shown = visible if request.POST.get("all") else Generation.objects.not_trashed()
    own = chosen_pks(request, shown.owned_by(request.user))
    if not own and not others:
        messages.info(request, NOTHING_CHOSEN)
    return own


def others_stay(count: int) -> str:
    sentence = ngettext(
        "%(count)d of the chosen videos is somebody else's: only its owner can change it.",
        "%(count)d of the chosen videos are somebody else's: only their owners can change them.",
        count,
    )
    return sentence % {"count": count}


def download(request: HttpRequest) -> HttpResponseBase | None:
    if pks := visible_pks(request):
        return zip_response(request, pks)
    messages.info(request, NOTHING_CHOSEN)
    return None


def compare(request: HttpRequest) -> HttpResponse | None:
    """The chosen videos side by side, in the order in which they were chosen."""
    pks = in_order(request, visible_pks(request))
    if 2 <= len(pks) <= len(PLACES):
        return redirect(compare_url(pks))
    messages.info(request, _("Choose two to four videos to compare."))
    return None


def join(request: HttpRequest) -> HttpResponse | None:
    """The page on which the chosen clips are joined."""
    pks = in_order(request, visible_pks(request))
    if 2 <= len(pks) <= MAX_CLIPS:
        return arrange(request, pks)
    messages.info(request, problem("few"))
    return None


def in_order(request: HttpRequest, pks: list[UUID]) -> list[UUID]:
    """In the order of choosing, as far as the page told it; else the oldest first."""
    told = [parse_uuid(text) for text in request.POST.get("order", "").split(",")]
    places = {pk: place for place, pk in enumerate(told)}
    return sorted(reversed(pks), key=lambda pk: places.get(pk, len(places)))


def delete(request: HttpRequest) -> None:
    if pks := own_pks(request):
        to_trash(request, pks)


def restore(request: HttpRequest) -> None:
    """The chosen rows of the trash; or with `trashed_at`, what one press put there."""
    if moment := request.POST.get("trashed_at"):
        undo(request, moment)
    else:
        restore_rows(request, trashed_pks(request))


def purge(request: HttpRequest) -> HttpResponse | None:
    """Delete the chosen rows of the trash for good, if the person is sure."""
    pks = trashed_pks(request)
    if pks and request.POST.get("sure") != "yes":
        ids = ",".join(pk.hex for pk in pks)
        context = {"count": len(pks), "ids": ids, "all": request.POST.get("all")}
        return render(request, "generations/purge.html", context)
    if count := delete_for_good(request.user, pks):
        sentence = ngettext(
            "%d video is deleted for good.", "%d videos are deleted for good.", count
        )
        messages.success(request, sentence % count)
    else:
        messages.info(request, NOTHING_CHOSEN)
    return redirect("generations:trash")


def trashed_pks(request: HttpRequest) -> list[UUID]:
    return chosen_pks(request, Generation.objects.owned_by(request.user).trashed())


# Action -> what it changes of one's own chosen videos, and what is said of it.
CHANGES = {
    "favourite": (
        {"favourite": True},
        ngettext_lazy("%d video is a favourite.", "%d videos are favourites."),
    ),
    "unfavourite": (
        {"favourite": False},
        ngettext_lazy(
            "%d video is not a favourite any more.", "%d videos are not favourites any more."
        ),
    ),
    "share": ({"shared": True}, ngettext_lazy("%d video is shared.", "%d videos are shared.")),
    "unshare": (
        {"shared": False},
        ngettext_lazy("%d video is not shared any more.", "%d videos are not shared any more."),
    ),
}


def change(request: HttpRequest) -> None:
    changes, sentence = CHANGES[request.POST["action"]]
    if "shared" in changes and settings.WANSTUDIO_SHARING != "owner":
        raise Http404
    own = Generation.objects.owned_by(request.user)
    count = sum(own.filter(pk__in=b).update(**changes) for b in batched(own_pks(request)))
    if count:
        messages.success(request, sentence % count)
    if count and changes.get("shared") and settings.WANSTUDIO_REVIEW == "before":
        messages.info(request, _("Others see a shared video when a reviewer has approved it."))


def collect(request: HttpRequest) -> None:
    """Put the chosen videos, others' too, into a collection of one's own."""
    pks = visible_pks(request)
    if not pks:
        messages.info(request, NOTHING_CHOSEN)
    elif row := chosen_collection(request):
        row.put(pks)
        sentence = ngettext(
            "%(count)d video is in “%(name)s”.", "%(count)d videos are in “%(name)s”.", len(pks)
        )
        messages.success(request, sentence % {"count": len(pks), "name": isolate(row.name)})


def uncollect(request: HttpRequest) -> None:
    """Take the chosen videos out of a collection."""
    row = own_or_404(request, request.GET.get("collection", ""))
    pks = visible_pks(request)
    row.take_out(pks)
    sentence = ngettext(
        "%(count)d video was taken out of “%(name)s”.",
        "%(count)d videos were taken out of “%(name)s”.",
        len(pks),
    )
    messages.success(request, sentence % {"count": len(pks), "name": isolate(row.name)})


ACTIONS: dict[str, Callable[[HttpRequest], HttpResponseBase | None]] = {
    "download": download,
    "compare": compare,
    "join": join,
    "delete": delete,
    "restore": restore,
    "purge": purge,
    **dict.fromkeys(CHANGES, change),
    "collect": collect,
    "uncollect": uncollect,
}
