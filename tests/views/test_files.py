"""Stored files: what a browser may keep of them."""

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from tests.films import draw_film
from tests.mp4_comment import read_metadata

pytestmark = pytest.mark.django_db

UNCHANGED = ("ETag", "Content-Security-Policy", "X-Content-Type-Options")


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


def test_of_a_download_every_part_is_sent_and_nothing_is_copied(
    client: Client, owner: Any, make_generation: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))  # who copies there fails
    film = draw_film(tmp_path / "film.mp4").read_bytes()
    row = make_generation("succeeded", content=film)
    client.force_login(owner)
    url = f"/v/{row.pk}/download/"
    whole = client.get(url)
    content = b"".join(whole.streaming_content)
    assert read_metadata(io.BytesIO(content))["prompt"] == row.prompt
    assert content.endswith(film[film.index(b"mdat") :])
    head = client.head(url)
    assert (head["Content-Length"], head["ETag"]) == (str(len(content)), whole["ETag"])
    assert head["Content-Length"] == whole["Content-Length"]
    for first, last in ((0, 0), (1000, 1800), (len(content) - 9, len(content) - 1)):
        part = client.get(url, headers={"Range": f"bytes={first}-{last}", "If-Range": head["ETag"]})
        assert part.status_code == 206
        assert b"".join(part.streaming_content) == content[first : last + 1]
    assert client.get(url, headers={"If-None-Match": head["ETag"]}).status_code == 304


def test_a_file_that_nothing_can_be_written_into_goes_as_it_is(
    client: Client, owner: Any, make_generation: Any
) -> None:
    row = make_generation("succeeded", content=b"no film at all")
    client.force_login(owner)
    assert b"".join(client.get(f"/v/{row.pk}/download/").streaming_content) == b"no film at all"


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
    assert {name: again[name] for name in UNCHANGED} == {name: seen[name] for name in UNCHANGED}


def test_a_poster_that_the_browser_has_is_neither_read_nor_asked_for_in_full(
    client: Client, owner: Any, make_generation: Any, django_assert_num_queries: Any
) -> None:
    """The session, the person, and two columns of the row; what is not theirs stays hidden."""
    row = make_generation("succeeded", poster="posters/gone.webp")
    client.force_login(owner)
    assert client.get(f"/v/{row.pk}/poster.webp").status_code == 404
    known = {"If-None-Match": f'"poster-{row.sha256 or row.pk.hex}"'}
    with django_assert_num_queries(3) as asked:
        assert client.get(f"/v/{row.pk}/poster.webp", headers=known).status_code == 304
    assert "provider_data" not in asked[2]["sql"] and "prompt" not in asked[2]["sql"]
    client.logout()
    assert client.get(f"/v/{row.pk}/poster.webp", headers=known).status_code == 302


def test_files_of_many_rows_are_not_kept(client: Client, owner: Any, make_generation: Any) -> None:
    row = make_generation("succeeded")
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download", "id": [row.pk]})
    assert answer["Cache-Control"] == "private, no-store"
