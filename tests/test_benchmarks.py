"""What the benchmarks compare with is a working page, too."""

from __future__ import annotations

from typing import Any

from tests.factory import make_generation


def test_the_naive_gallery_and_video_are_answered(client: Any, owner: Any, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.benchmarks.naive_urls"
    row = make_generation("succeeded", owner=owner)
    client.force_login(owner)
    assert client.get("/gallery/").content.count(b'class="tile"') == 1
    assert b"".join(client.get(f"/v/{row.pk}/video.mp4")) == row.video.read()
