"""A video in the list that one came from: previous, next, and the way back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture
def takes(owner, make_generation):
    """Finished videos of one person, newest first: 0 is the newest."""
    now = timezone.now()
    sizes = ["832x480", "480x832", "832x480", "480x832"]
    return [
        make_generation(
            "succeeded", prompt=f"Kite {n}", size=size, created=now - timedelta(hours=n)
        )
        for n, size in enumerate(sizes)
    ]


@pytest.fixture
def links(client, owner):
    """What previous, next and back of a page lead to."""
    client.force_login(owner)

    def found(address):
        page = client.get(address).content.decode()
        tags = re.findall(r'<a [^>]*(rel="prev"|rel="next"|data-back)[^>]*href="([^"]*)"', page)
        return {name.replace('"', "").split("=")[-1]: to for name, to in tags}

    return found


def test_without_a_list_a_video_stands_among_all_of_the_gallery(links, takes):
    assert links(f"/v/{takes[1].pk}/") == {
        "prev": f"/v/{takes[0].pk}/",
        "next": f"/v/{takes[2].pk}/",
        "data-back": "/gallery/",
    }


def test_the_ends_of_the_list_have_one_neighbour(links, takes):
    assert "prev" not in links(f"/v/{takes[0].pk}/")
    assert "next" not in links(f"/v/{takes[3].pk}/")


def test_filters_and_search_travel_in_the_address(client, links, takes, make_generation):
    make_generation("succeeded", prompt="A fox", size="480x832", created=takes[2].created)
    asked = "q=Kite&ratio=9%3A16"
    page = links(f"/v/{takes[1].pk}/?{asked}")
    asked = asked.replace("&", "&amp;")
    assert page == {"next": f"/v/{takes[3].pk}/?{asked}", "data-back": f"/gallery/?{asked}"}
    tiles = client.get("/gallery/?q=Kite&ratio=9:16").content.decode()
    assert f'href="/v/{takes[1].pk}/?q=Kite&amp;ratio=9%3A16"' in tiles


def test_the_order_of_the_list_is_kept(links, takes):
    page = links(f"/v/{takes[1].pk}/?sort=oldest")
    assert page["prev"].startswith(f"/v/{takes[2].pk}/")
    assert page["next"].startswith(f"/v/{takes[0].pk}/")


def test_a_card_leads_through_everything_of_ones_own(client, links, takes, make_generation):
    running = make_generation("running", created=takes[1].created + timedelta(minutes=1))
    page = links(f"/v/{takes[1].pk}/?list=activity")
    assert page["prev"] == f"/v/{running.pk}/?list=activity"
    assert page["data-back"] == "/activity/"
    assert f'href="/v/{takes[1].pk}/?list=activity"' in client.get("/activity/").content.decode()


def test_what_others_share_stands_in_the_gallery_and_their_own_does_not(
    links, takes, stranger, make_generation
):
    for shared, minutes in ((True, 1), (False, 2)):
        created = takes[1].created + timedelta(minutes=minutes)
        row = make_generation("succeeded", owner=stranger, shared=shared, created=created)
        if shared:
            seen = row
    assert links(f"/v/{takes[1].pk}/")["prev"] == f"/v/{seen.pk}/"
    assert links(f"/v/{takes[2].pk}/?who=mine")["prev"] == f"/v/{takes[1].pk}/?who=mine"


def test_rows_of_one_moment_are_each_passed_once(links, takes, make_generation):
    twins = [make_generation("succeeded", created=takes[3].created) for _ in range(3)]
    at, seen = f"/v/{takes[2].pk}/", []
    while at := links(at).get("next"):
        seen.append(at)
    assert len(seen) == len(set(seen)) == len(twins) + 1


def test_a_viewer_gets_the_video_alone_and_a_deletion_leads_back_to_the_list(client, links, takes):
    viewer = {"HX-Request": "true", "HX-Target": "viewer-in"}
    page = client.get(f"/v/{takes[1].pk}/?q=Kite", headers=viewer).content.decode()
    assert "<html" not in page and 'id="watch"' in page and 'rel="next"' in page
    assert 'name="next" value="/gallery/?q=Kite"' in page
