"""Without JavaScript: what can be pressed does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .conftest import Studio

FILMS = "/gallery/?q=take+of+a+kite"
PLAIN = "/gallery/?q=plain+rabbit"


@pytest.fixture
def plain(scriptless: Page, studio: Studio) -> Iterator[Page]:
    yield scriptless
    studio.run(
        "from generations.models import Collection, Conversion\n"
        "Generation.objects.filter(prompt__icontains='plain').delete()\n"
        "Collection.objects.all().delete(); Conversion.objects.all().delete()"
    )


def generate(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_role("button", name="Generate").click()


def choose(page: Page, address: str, count: int) -> None:
    page.goto(address)
    for box in page.locator(".tile input").all()[:count]:
        box.check()


def more(page: Page, name: str) -> None:
    page.locator("#selected summary", has_text="More").click()
    page.locator("#selected").get_by_role("button", name=name, exact=True).click()


def test_takes_are_asked_about_before_they_are_sent_a_second_time(
    plain: Page, studio: Studio
) -> None:
    for _ in range(2):
        plain.goto("/")
        plain.get_by_label("Takes", exact=True).select_option("2")
        generate(plain, "A plain fox")
    expect(plain.locator("#question")).to_contain_text("You sent the same request a moment ago.")
    expect(plain.get_by_label("Takes", exact=True)).to_have_value("2")
    count = "print(Generation.objects.filter(prompt='A plain fox').count())"
    assert studio.run(count) == "2"
    plain.get_by_role("button", name="Send anyway").click()
    expect(plain).to_have_url(re.compile("/activity/$"))
    assert studio.run(count) == "4"


def test_a_list_of_prompts_is_shown_first_and_found_among_the_earlier_ones(plain: Page) -> None:
    plain.goto("/")
    plain.get_by_label("Several prompts, one a line").check()
    generate(plain, "A {red|blue} plain fox\nA plain owl")
    expect(plain.locator("#prompt-list li")).to_have_text(
        ["A red plain fox", "A blue plain fox", "A plain owl"]
    )
    plain.get_by_role("button", name="Generate").click()
    expect(plain.locator(".card", has_text="plain")).to_have_count(3)
    plain.goto("/")
    plain.get_by_role("link", name="Earlier prompts").click()
    plain.get_by_label("Search your prompts").fill("plain owl")
    plain.get_by_role("button", name="Search").click()
    plain.locator("ul.prompts a").click()
    expect(plain.get_by_label("Prompt", exact=True)).to_have_value("A plain owl")


@pytest.mark.usefixtures("no_conversions")
def test_a_frame_is_saved_and_continued_and_a_clip_moves_as_a_picture(
    plain: Page, films: list[str]
) -> None:
    plain.goto(films[0])
    with plain.expect_download() as saved:
        plain.get_by_role("link", name="Save this frame").click()
    assert saved.value.suggested_filename.endswith("-end.png")
    plain.get_by_role("button", name="Animated WebP").click()
    expect(plain.locator(".card", has_text="Animated WebP")).to_have_count(1)
    plain.goto(films[0])
    plain.get_by_role("link", name="Continue from here").click()
    expect(plain.get_by_text("Continues from")).to_be_visible()
    expect(plain.locator("#picture img")).to_be_visible()
    generate(plain, "A plain continuation")
    expect(plain).to_have_url(re.compile(r"/v/[0-9a-f-]{36}/$"))
    expect(plain.get_by_role("link", name="take of a kite")).to_be_visible()


@pytest.mark.usefixtures("no_conversions")
def test_videos_are_compared_and_joined(plain: Page, films: list[str]) -> None:
    choose(plain, FILMS, 2)
    more(plain, "Compare two to four")
    expect(plain.locator("video")).to_have_count(2)
    choose(plain, FILMS, 2)
    more(plain, "Join into one video")
    places = plain.get_by_label("Place")
    places.nth(0).fill("2")
    places.nth(1).fill("1")
    plain.get_by_role("button", name="Join", exact=True).click()
    plain.wait_for_url("/conversions/")
    for _ in range(600):
        if not plain.get_by_role("link", name="Refresh").count():
            break
        plain.get_by_role("link", name="Refresh").click()
        plain.wait_for_timeout(500)
    with plain.expect_download() as saved:
        plain.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename.startswith("joined-")


def test_collections_are_made_filled_shown_and_deleted(plain: Page, studio: Studio) -> None:
    studio.run("for n in range(3): make_generation('succeeded', owner=me, prompt='A plain rabbit')")
    choose(plain, PLAIN, 2)
    plain.locator("#selected summary", has_text="Collect").click()
    plain.get_by_label("New collection").fill("Rabbits")
    plain.locator("#selected").get_by_role("button", name="Add").click()
    plain.locator("summary", has_text="Filters").click()
    plain.locator("select[name=collection]").select_option(label="Rabbits")
    plain.get_by_role("button", name="Show", exact=True).click()
    expect(plain.locator(".tile")).to_have_count(2)
    plain.locator(".tile input").first.check()
    more(plain, "Take out of this collection")
    expect(plain.locator(".tile")).to_have_count(1)
    plain.goto("/collections/")
    plain.locator("summary", has_text="Rabbits").click()
    plain.get_by_label("Name", exact=True).fill("Hares")
    plain.get_by_role("button", name="Rename").click()
    plain.locator("summary", has_text="Hares").click()
    plain.get_by_role("button", name="Delete the collection, keep its videos").click()
    expect(plain.locator(".collections")).to_have_count(0)
    assert studio.run("print(Generation.objects.filter(prompt='A plain rabbit').count())") == "3"


def test_all_that_match_are_starred_deleted_and_brought_back(plain: Page, studio: Studio) -> None:
    studio.run("for n in range(3): make_generation('succeeded', owner=me, prompt='A plain rabbit')")
    plain.goto(PLAIN)
    plain.get_by_label("All that match").check()
    more(plain, "Favourite")
    expect(plain.locator("[data-toast]")).to_contain_text("3 videos are favourites.")
    plain.get_by_label("All that match").check()
    plain.locator("#selected").get_by_role("button", name="Delete").click()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.locator(".tile")).to_have_count(3)
    choose(plain, PLAIN, 3)
    plain.locator("#selected").get_by_role("button", name="Delete").click()
    plain.goto("/trash/")
    rabbits = plain.locator(".trashed", has_text="A plain rabbit")
    rabbits.first.get_by_role("checkbox").check()
    plain.locator("#selected").get_by_role("button", name="Restore").click()
    plain.goto("/trash/")
    expect(rabbits).to_have_count(2)
    rabbits.first.get_by_role("checkbox").check()
    plain.locator("#selected").get_by_role("button", name="Delete for good").click()
    plain.get_by_role("heading", name="Delete 1 video for good?").wait_for()
    plain.get_by_role("button", name="Delete for good").click()
    expect(rabbits).to_have_count(1)


def test_the_language_and_the_model_are_changed(plain: Page) -> None:
    plain.goto(FILMS)
    plain.locator("summary", has_text="English").click()
    plain.get_by_role("button", name="简体中文").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("作品库")
    assert plain.url.endswith(FILMS)
    plain.locator("summary", has_text="简体中文").click()
    plain.get_by_role("button", name="English").click()
    plain.goto("/")
    plain.get_by_label("Prompt", exact=True).fill("Kept in the other mode")
    plain.locator(".modes button").last.click()
    expect(plain.get_by_label("Choose a picture")).to_be_visible()
    expect(plain.get_by_label("Prompt", exact=True)).to_have_value("Kept in the other mode")
