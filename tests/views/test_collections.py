"""Collections: made, filled, renamed and deleted by their owner alone."""

from typing import Any

import pytest
from django.test import Client

from generations.models import Collection, Generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def press(reader: Client, action: str, *rows: Any, collection: Any = "", **fields: Any) -> Any:
    address = f"/selection/?collection={collection}" if collection else "/selection/"
    ids = ",".join(str(row.pk) for row in rows)
    return reader.post(address, {"action": action, "id": ids} | fields, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def kept() -> dict[str, set[Any]]:
    return {one.name: set(one.videos.all()) for one in Collection.objects.all()}


def test_chosen_videos_go_into_a_new_collection_and_into_one_that_is_there(
    reader: Client, make_generation: Any
) -> None:
    first, second = make_generation("succeeded"), make_generation("succeeded")
    assert said(press(reader, "collect", first, name="  Foxes \n at dawn ")) == [
        "1 video is in “\u2068Foxes at dawn\u2069”."
    ]
    foxes = Collection.objects.get()
    press(reader, "collect", first, second, collection=foxes.pk)
    press(reader, "collect", second, name="Foxes at dawn")
    press(reader, "collect", second, name="Best")
    assert kept() == {"Foxes at dawn": {first, second}, "Best": {second}}
    press(reader, "uncollect", second, collection=foxes.pk)
    assert kept() == {"Foxes at dawn": {first}, "Best": {second}}


@pytest.mark.parametrize("name", ["", " \u200b ", "\x00"])
def test_a_collection_needs_a_name(reader: Client, make_generation: Any, name: str) -> None:
    row = make_generation("succeeded")
    assert said(press(reader, "collect", row, name=name)) == ["Give the collection a name."]
    reader.post("/collections/", {"name": name})
    assert not Collection.objects.exists()


def test_the_gallery_shows_one_collection_and_all_of_it_is_chosen_together(
    reader: Client, make_generation: Any
) -> None:
    inside, outside = (make_generation("succeeded", prompt=name) for name in ("In", "Out"))
    press(reader, "collect", inside, name="Foxes")
    query = f"collection={Collection.objects.get().pk}"
    page = reader.get(f"/gallery/?{query}").content.decode()
    assert inside.pk.hex in page and outside.pk.hex not in page
    assert f'value="{Collection.objects.get().pk}" selected' in page
    reader.post("/selection/", {"action": "favourite", "all": "yes", "filters": query})
    assert list(Generation.objects.filter(favourite=True)) == [inside]


def test_renaming_and_deleting_leave_the_videos(reader: Client, make_generation: Any) -> None:
    row = make_generation("succeeded")
    press(reader, "collect", row, name="Foxes")
    press(reader, "collect", row, name="Owls")
    address = f"/collections/{Collection.objects.get(name='Foxes').pk}/"
    reader.post(address, {"action": "rename", "name": "Dogs"})
    taken = reader.post(address, {"action": "rename", "name": "Owls"}, follow=True)
    assert said(taken) == ["You already have a collection with the name “\u2068Owls\u2069”."]
    assert kept() == {"Dogs": {row}, "Owls": {row}}
    reader.post(address, {"action": "delete", "name": ""})
    assert kept() == {"Owls": {row}}
    assert Generation.objects.filter(pk=row.pk).exists()


def test_others_videos_stand_in_it_as_long_as_they_are_shared(
    reader: Client, make_generation: Any, stranger: Any
) -> None:
    theirs = make_generation("succeeded", owner=stranger, shared=True)
    hidden = make_generation("succeeded", owner=stranger)
    press(reader, "collect", theirs, hidden, name="Seen")
    assert kept() == {"Seen": {theirs}}
    query = f"/gallery/?collection={Collection.objects.get().pk}"
    assert theirs.pk.hex in reader.get(query).content.decode()
    assert "1 video" in reader.get("/collections/").content.decode()
    Generation.objects.update(shared=False)
    assert theirs.pk.hex not in reader.get(query).content.decode()
    assert "0 videos" in reader.get("/collections/").content.decode()


def test_a_collection_of_somebody_else_is_not_there(
    reader: Client, make_generation: Any, stranger: Any
) -> None:
    theirs = Collection.objects.create(owner=stranger, name="Secret plans")
    row, own = make_generation("succeeded", owner=stranger), make_generation("succeeded")
    theirs.videos.add(row)
    address = f"/collections/{theirs.pk}/"
    assert reader.get(address).status_code == 404
    assert reader.post(address, {"action": "delete"}).status_code == 404
    for action in ("collect", "uncollect"):
        assert press(reader, action, own, collection=theirs.pk).status_code == 404
    for path in ("/collections/", "/gallery/", f"/gallery/?collection={theirs.pk}"):
        page = reader.get(path).content.decode()
        assert "Secret plans" not in page and row.pk.hex not in page
    assert kept() == {"Secret plans": {row}}


def test_the_page_of_a_video_says_where_it_is(reader: Client, make_generation: Any) -> None:
    row = make_generation("succeeded")
    press(reader, "collect", row, name="Foxes")
    foxes = Collection.objects.get()
    Collection.objects.create(owner=row.owner, name="Owls")
    page = " ".join(reader.get(f"/v/{row.pk}/").content.decode().split())
    assert f'aria-pressed="true" formaction="/selection/?collection={foxes.pk}"> Foxes' in page
    assert page.count('value="uncollect"') == 1
    reader.post(f"/v/{row.pk}/delete/")
    assert 'value="uncollect"' not in reader.get(f"/v/{row.pk}/").content.decode()
