"""Stored files: what a browser may keep of them, and many videos in one file."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from tests.factory import VIDEO

pytestmark = pytest.mark.django_db


def test_what_stops_being_shared_is_shown_to_nobody_who_has_it(
    client: Client, stranger: Any, make_generation: Any
) -> None:
    row = make_generation("succeeded", shared=True)
    client.force_login(stranger)
    for path in ("video.mp4", "download/", "download/?plain"):
        seen = client.get(f"/v/{row.pk}/{path}")
        assert (seen.status_code, seen["Cache-Control"]) == (200, "private, no-cache")
        again = client.get(f"/v/{row.pk}/{path}", headers={"If-None-Match": seen["ETag"]})
        assert again.status_code == 304
        assert again["Cache-Control"] == "private, no-cache"
        row.shared = False
        row.save()
        ended = client.get(f"/v/{row.pk}/{path}", headers={"If-None-Match": seen["ETag"]})
        assert (ended.status_code, ended["Cache-Control"]) == (404, "private, no-store")
        row.shared = True
        row.save()


def test_a_poster_may_be_shown_for_ten_minutes_without_asking(
    client: Client, owner: Any, make_generation: Any
) -> None:
    row = make_generation("succeeded")
    row.poster.save("poster.webp", ContentFile(b"a poster"))
    client.force_login(owner)
    seen = client.get(f"/v/{row.pk}/poster.webp")
    assert (seen.status_code, seen["Cache-Control"]) == (200, "private, max-age=600")
    again = client.get(f"/v/{row.pk}/poster.webp", headers={"If-None-Match": seen["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, "private, max-age=600")


def test_files_of_many_rows_are_not_kept(client: Client, owner: Any, make_generation: Any) -> None:
    row = make_generation("succeeded")
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download", "id": [row.pk]})
    assert answer["Cache-Control"] == "private, no-store"


def test_a_zip_leaves_out_what_is_gone_and_is_whole(
    client: Client, owner: Any, make_generation: Any
) -> None:
    gone, there = make_generation("succeeded"), make_generation("succeeded")
    default_storage.delete(gone.video.name)
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download", "id": [gone.pk, there.pk]})
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        [name] = archive.namelist()
        assert archive.testzip() is None
        assert archive.read(name) == VIDEO


def test_of_nothing_there_is_no_zip(client: Client, owner: Any) -> None:
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download"}, follow=True)
    assert "Nothing was chosen." in answer.content.decode()
