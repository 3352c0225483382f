"""No path, however it is spelled, leads to a file that is not the row's own."""

from __future__ import annotations

import random
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from generations.models import Generation

pytestmark = pytest.mark.django_db

SECRET = b"nobody may read this"
PIECES = [
    "..", ".", "/", "//", "\\", "%2e%2e", "%2f", "%5c", "%00", "%252e%252e%252f", "..;", "....//",
    "%c0%ae", "%e0%80%af", "%ff", "~", ":", "C:", "?", "#", "%0d%0a", "%20", "．．", "／",
    "x" * 300, "video.mp4", "poster.webp", "picture", "download", "secret.txt", "media", "videos",
    "theirs.mp4", "etc/passwd", "settings.py", "var/secret_key",
]  # fmt: skip


@pytest.fixture
def row(make_generation: Any, stranger: Any) -> Generation:
    """A row of the owner; around it files that are not for them."""
    default_storage.save("videos/theirs.mp4", ContentFile(SECRET))
    outside = Path(default_storage.path("")).parent
    (outside / "secret.txt").write_bytes(SECRET)
    make_generation("succeeded", owner=stranger, video="videos/theirs.mp4")
    made: Generation = make_generation("succeeded")
    return made


@pytest.fixture
def client(row: Generation) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(row.owner)
    return client


def test_no_spelling_of_a_path_leads_out(client: Client, row: Generation) -> None:
    seed = secrets.randbits(64)
    dice = random.Random(seed)
    begins = [
        "/",
        "/v/",
        f"/v/{row.pk}/",
        f"/v/{row.pk}/video.mp4/",
        "/static/",
        "/media/",
        "/_media/",
    ]
    for _ in range(500):
        path = dice.choice(begins) + "".join(dice.choices(PIECES, k=dice.randrange(1, 8)))
        answer = client.get(f"//testserver{path}")  # else the client takes "//x" for a host
        assert answer.status_code < 500, (path, seed)
        assert SECRET not in answer.getvalue(), (path, seed)


@pytest.mark.parametrize("sendfile", ["", "nginx"])
@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "videos/../../secret.txt", ".."])
def test_not_even_a_row_that_names_another_place_leads_there(
    client: Client, row: Generation, settings: Any, name: str, sendfile: str
) -> None:
    settings.WANSTUDIO_SENDFILE = sendfile
    Generation.objects.filter(pk=row.pk).update(video=name, poster=name, source_image=name)
    for part in ("video.mp4", "poster.webp", "picture", "download/?plain", "download/"):
        answer = client.get(f"/v/{row.pk}/{part}")
        assert answer.status_code in (400, 404), part
        assert "X-Accel-Redirect" not in answer
        assert SECRET not in answer.getvalue()
