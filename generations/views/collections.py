"""Collections: the list of a person's own, and their contents."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..models import Collection, Generation
from ..models.collection import MAX_NAME
from ..text import INVISIBLE, isolate, replace_surrogates
from .request import HttpRequest


@require_http_methods(["GET", "HEAD", "POST"])
def collections(request: HttpRequest) -> HttpResponse:
    """The list. POST creates a collection with `name`."""
    if request.method == "POST":
        named(request, request.POST.get("name", ""))
        return redirect("generations:collections")
    return render(request, "generations/collections.html", {"collections": counted(request)})


def counted(request: HttpRequest) -> QuerySet[Collection]:
    """The person's collections with the numbers of videos that they can see."""
    visible = Generation.objects.visible_to(request.user).filter(collections=OuterRef("pk"))
    count = visible.order_by().values("collections").annotate(n=Count("pk")).values("n")
    own = Collection.objects.filter(owner=request.user)
    return own.annotate(count=Coalesce(Subquery(count), 0))


@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest, pk: int) -> HttpResponse:
    """Its videos in the gallery. POST: `rename` to `name`, or `delete`; the videos stay."""
    row = own_or_404(request, pk)
    if request.method != "POST":
        return redirect(f"/gallery/?collection={pk}")
    if request.POST.get("action") == "delete":
        row.delete()
        sentence = _("The collection “%(name)s” is deleted. Its videos are still here.")
        messages.success(request, sentence % {"name": isolate(row.name)})
    elif name := clean_name(request, request.POST.get("name", "")):
        rename(request, row, name)
    return redirect("generations:collections")


def own_or_404(request: HttpRequest, pk: Any) -> Collection:
    if not str(pk).isdecimal():
        raise Http404
    return get_object_or_404(Collection, owner=request.user, pk=pk)


def rename(request: HttpRequest, row: Collection, name: str) -> None:
    row.name = name
    try:
        with transaction.atomic():
            row.save(update_fields=["name"])
    except IntegrityError:
        sentence = _("You already have a collection with the name “%(name)s”.")
        messages.error(request, sentence % {"name": isolate(name)})


def clean_name(request: HttpRequest, text: str) -> str:
    """`text` as a name in one line; empty, with a message, if it is not valid."""
    name = " ".join(replace_surrogates(text).replace("\0", "").split())[:MAX_NAME].strip()
    if INVISIBLE.fullmatch(name):
        messages.error(request, _("Give the collection a name."))
        return ""
    return name


def named(request: HttpRequest, text: str) -> Collection | None:
    """The person's collection with this name, created if necessary. None without a name."""
    if not (name := clean_name(request, text)):
        return None
    row, _made = Collection.objects.get_or_create(owner=request.user, name=name)
    return row


def with_video(user: User, row: Generation) -> QuerySet[Collection]:
    """The person's collections, each with whether `row` is in it."""
    pairs = Collection.videos.through.objects.filter(generation=row, collection=OuterRef("pk"))
    return Collection.objects.filter(owner=user).annotate(inside=Exists(pairs))


def chosen_collection(request: HttpRequest) -> Collection | None:
    """The collection whose ID is in the URL; without one, the one named `name`."""
    if pk := request.GET.get("collection"):
        return own_or_404(request, pk)
    return named(request, request.POST.get("name", ""))
