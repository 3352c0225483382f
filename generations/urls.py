"""The pages of the studio."""

from django.urls import path

from .views import (
    actions,
    collections,
    compare,
    conversions,
    create,
    detail,
    download,
    files,
    gallery,
    help,
    lists,
    live,
    prompts,
    selection,
)

app_name = "generations"

urlpatterns = [
    path("", create.new, name="new"),
    path("fields/", create.fields, name="fields"),
    path("prompt-list/", create.prompt_list, name="prompt_list"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("collections/", collections.collections, name="collections"),
    path("collections/<int:pk>/", collections.collection, name="collection"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("activity/", lists.activity, name="activity"),
    path("trash/", lists.trash, name="trash"),
    path("compare/", compare.compare, name="compare"),
    path("conversions/", conversions.conversions, name="conversions"),
    path("conversions/<uuid:pk>/", conversions.conversion_file, name="conversion_file"),
    path("help/", help.help, name="help"),
    path("live/", live.live, name="live"),
    path("selection/", selection.selection, name="selection"),
    path("v/<uuid:pk>/", detail.detail, name="detail"),
    path("v/<uuid:pk>/status/", detail.status, name="status"),
    path("v/<uuid:pk>/video.mp4", files.video, name="video"),
    path("v/<uuid:pk>/poster.webp", files.poster, name="poster"),
    path("v/<uuid:pk>/frame.png", files.frame, name="frame"),
    path("v/<uuid:pk>/picture", files.picture, name="picture"),
    path("v/<uuid:pk>/download/", download.download, name="download"),
    path("v/<uuid:pk>/cancel/", actions.cancel, name="cancel"),
    path("v/<uuid:pk>/again/", actions.again, name="again"),
    path("v/<uuid:pk>/favourite/", actions.toggle, {"name": "favourite"}, name="favourite"),
    path("v/<uuid:pk>/share/", actions.toggle, {"name": "shared"}, name="share"),
    path("v/<uuid:pk>/delete/", actions.delete, name="delete"),
    path("v/<uuid:pk>/restore/", actions.restore, name="restore"),
]
