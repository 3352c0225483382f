"""Clips are chosen, put in order and joined; the state is there to be seen, and the file."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from generations.models import Conversion
from generations.tasks.conversion import convert_next
from tests.films import draw_film

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def clips(make_generation: Any, tmp_path: Path) -> list[Any]:
    content = draw_film(tmp_path / "film.mp4").read_bytes()
    return [make_generation("succeeded", content=content) for _ in range(3)]


def test_the_order_of_choosing_is_the_order_of_the_film_and_can_be_changed(
    reader: Client, clips: list[Any]
) -> None:
    one, two, three = (clip.pk for clip in clips)
    chosen = {"action": "join", "id": [pk.hex for pk in (three, two, one)]}
    assert listed(reader.post("/selection/", chosen)) == [one, two, three]
    chosen["order"] = ",".join(pk.hex for pk in (two, three, one))
    assert listed(reader.post("/selection/", chosen)) == [two, three, one]
    places = {f"place-{two}": "3", f"place-{three}": "1", f"place-{one}": "2"}
    ask = {"kind": "join", "id": [str(two), str(three), str(one)], **places}
    assert reader.post("/conversions/", ask)["Location"] == "/conversions/"
    assert Conversion.objects.get().sources == [str(three), str(one), str(two)]


def listed(page: Any) -> list[Any]:
    return [row.pk for row in page.context["rows"]]


def test_its_state_is_shown_until_the_file_can_be_downloaded(
    reader: Client, clips: list[Any], stranger: Any
) -> None:
    reader.post("/conversions/", {"kind": "join", "id": [str(clip.pk) for clip in clips]})
    waiting = reader.get("/conversions/").content.decode()
    assert "Waiting for a worker." in waiting and 'hx-get="/conversions/"' in waiting
    row = Conversion.objects.get()
    assert reader.get(f"/conversions/{row.pk}/").status_code == 404
    convert_next()
    ready = reader.get("/conversions/").content.decode()
    assert f'href="/conversions/{row.pk}/"' in ready and 'hx-get="/conv' not in ready
    assert f'<video src="/conversions/{row.pk}/"' in ready
    answer = reader.get(f"/conversions/{row.pk}/")
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Disposition"].startswith("attachment")
    reader.force_login(stranger)
    assert reader.get(f"/conversions/{row.pk}/").status_code == 404
    assert "Joined clips:" not in reader.get("/conversions/").content.decode()


def test_a_clip_that_does_not_fit_is_named_where_the_order_can_be_changed(
    reader: Client, clips: list[Any], make_generation: Any
) -> None:
    type(clips[0]).objects.filter(pk=clips[2].pk).update(width=480, height=832)
    ask = {"kind": "join", "id": [str(clip.pk) for clip in clips]}
    page = reader.post("/conversions/", ask)
    assert "Clip 3 differs in size from the first one." in page.content.decode()
    assert len(listed(page)) == 3
    Path(clips[1].video.path).write_bytes(b"nothing")
    reader.post("/conversions/", {"kind": "join", "id": ask["id"][:2]})
    convert_next()
    assert "Clip 2 cannot be read." in reader.get("/conversions/").content.decode()


def test_one_clip_becomes_an_animation(
    reader: Client, clips: list[Any], make_generation: Any, stranger: Any
) -> None:
    reader.post("/conversions/", {"kind": "webp", "id": str(clips[0].pk)})
    convert_next()
    row = Conversion.objects.get()
    assert reader.get(f"/conversions/{row.pk}/")["Content-Type"] == "image/webp"
    theirs = make_generation("succeeded", owner=stranger)
    assert reader.post("/conversions/", {"kind": "webp", "id": theirs.pk}).status_code == 404
    assert reader.post("/conversions/", {"kind": "gif", "id": clips[0].pk}).status_code == 404


def test_chosen_videos_are_compared_two_to_four(reader: Client, clips: list[Any]) -> None:
    ids = [clip.pk.hex for clip in clips]
    order = ",".join(ids)
    answer = reader.post("/selection/", {"action": "compare", "id": ids, "order": order})
    one, two, three = (clip.pk for clip in clips)
    assert answer["Location"] == f"/compare/?a={one}&b={two}&c={three}"
    for action in ("compare", "join"):
        assert reader.post("/selection/", {"action": action, "id": ids[:1]}).status_code == 302
