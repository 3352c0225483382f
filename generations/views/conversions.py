"""Files made from finished videos: joined clips and animations."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ..creation.conversion import ConversionRefusedError, request_conversion
from ..media import file_response
from ..models import Conversion, ConversionKind, Generation
from .actions import redirect_back, uuid_or_404
from .files import file_or_404
from .permissions import sends_a_file
from .request import HttpRequest

TYPES = {ConversionKind.JOIN: ("video/mp4", "mp4"), ConversionKind.WEBP: ("image/webp", "webp")}
LAST = 1_000_000  # the place of a clip without a given one


@require_http_methods(["GET", "HEAD", "POST"])
def conversions(request: HttpRequest) -> HttpResponse:
    """GET lists the requests of the last day. POST requests `kind` of every `id`, by place."""
    if request.method == "POST":
        return ask(request)
    rows = Conversion.objects.owned_by(request.user)
    context = {"rows": rows[:100], "is_open": rows.open().exists()}
    return render(request, "generations/conversions.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in ConversionKind.values:
        raise Http404
    ids = request.POST.getlist("id")
    pks = [uuid_or_404(text) for text in sorted(ids, key=lambda text: place_of(request, text))]
    visible = Generation.objects.visible_to(request.user)
    if kind == ConversionKind.WEBP:
        pks = [get_object_or_404(visible, pk=pk).pk for pk in pks[:1]]
    try:
        request_conversion(request.user, ConversionKind(kind), pks)
    except ConversionRefusedError as error:
        messages.error(request, str(error))
        return redirect_back(request, "/gallery/") if kind == "webp" else arrange(request, pks)
    return redirect("generations:conversions")


def place_of(request: HttpRequest, text: str) -> int:
    number = request.POST.get(f"place-{text}", "")
    return int(number) if number.isdecimal() and len(number) < 6 else LAST


def arrange(request: HttpRequest, pks: list[UUID]) -> HttpResponse:
    """A page that shows the clips, so that their order can be changed before joining."""
    found = Generation.objects.visible_to(request.user).in_bulk(pks)
    rows = [found[pk] for pk in pks if pk in found]
    return render(request, "generations/join.html", {"rows": rows})


@require_safe
@sends_a_file
def conversion_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The finished file, to download."""
    row = get_object_or_404(Conversion.objects.owned_by(request.user), pk=pk)
    content_type, suffix = TYPES[ConversionKind(row.kind)]
    name = f"{'joined' if row.kind == ConversionKind.JOIN else 'animation'}-{row.pk.hex[:6]}"
    return file_response.serve(
        request,
        file_or_404(row.file),
        content_type=content_type,
        etag=f'"{row.pk.hex}"',
        download_name=f"{name}.{suffix}",
    )
