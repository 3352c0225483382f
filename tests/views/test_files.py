"""Stored files: what a browser may keep of them."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

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
