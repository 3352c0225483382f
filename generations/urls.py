"""The pages of the studio."""

from django.urls import path

from . import views

app_name = "generations"

urlpatterns = [
    path("", views.new, name="new"),
    path("gallery/", views.gallery, name="gallery"),
    path("activity/", views.activity, name="activity"),
    path("trash/", views.trash, name="trash"),
    path("compare/", views.compare, name="compare"),
    path("help/", views.help, name="help"),
    path("live/", views.live, name="live"),
    path("selection/", views.selection, name="selection"),
    path("v/<uuid:pk>/", views.detail, name="detail"),
    path("v/<uuid:pk>/status/", views.status, name="status"),
    path("v/<uuid:pk>/video.mp4", views.video, name="video"),
    path("v/<uuid:pk>/poster.webp", views.poster, name="poster"),
    path("v/<uuid:pk>/picture", views.picture, name="picture"),
    path("v/<uuid:pk>/download/", views.download, name="download"),
    path("v/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("v/<uuid:pk>/again/", views.again, name="again"),
    path("v/<uuid:pk>/favourite/", views.favourite, name="favourite"),
    path("v/<uuid:pk>/share/", views.share, name="share"),
    path("v/<uuid:pk>/delete/", views.delete, name="delete"),
    path("v/<uuid:pk>/restore/", views.restore, name="restore"),
]
