"""The naive way: pages by OFFSET with a count, Django's FileResponse for videos."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from generations.models import Generation
from generations.models.pagination import PAGE, Page
from generations.views.filters import Filters
from generations.views.gallery import GalleryPage
from generations.views.permissions import readable_or_404
from wanstudio.urls import urlpatterns as usual


def gallery(request: HttpRequest) -> HttpResponse:
    rows = (
        Generation.objects.visible_to(request.user).select_related("owner").defer("provider_data")
    )
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    older = str(found.number + 1) if found.has_next() else ""
    shown = GalleryPage(Page(list(found), older), "", "", request.user.pk, oldest_first=False)
    context: dict[str, Any] = {"shown": shown, "chosen": {}, "filters": Filters({}, request.user)}
    return render(request, "generations/gallery.html", context)


def video(request: HttpRequest, pk: UUID) -> FileResponse:
    return FileResponse(readable_or_404(request, pk).video.open("rb"), content_type="video/mp4")


urlpatterns = [
    path("gallery/", gallery),
    path("v/<uuid:pk>/video.mp4", video),
    *usual,
]
