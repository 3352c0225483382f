"""Several videos by one press: takes, and prompts one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .conftest import Studio, axe


@pytest.fixture(autouse=True)
def gone(studio: Studio) -> Iterator[None]:
    yield
    studio.run("Generation.objects.filter(prompt__contains='lantern').delete()")


def press(page: Page, count: int, key: str = "Enter") -> None:
    button = page.get_by_role("button", name=f"Generate × {count}")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.focus()
    page.keyboard.press(key)


def test_takes_and_a_list_of_prompts_by_keyboard_at_both_widths(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Size").select_option("832x480")
    page.get_by_label("Prompt", exact=True).fill("A paper lantern")
    page.get_by_label("Takes", exact=True).press("3")
    press(page, 3)
    expect(page.locator(".card", has_text="A paper lantern")).to_have_count(3)
    expect(page.locator("#sent")).to_contain_text("3 videos")

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Several prompts, one a line").press("Space")
    expect(page.locator("#id_prompt_count")).to_be_hidden()
    page.get_by_label("Prompt", exact=True).fill("A {red|blue lantern")
    expect(page.get_by_text("Line 1 has a brace without its partner.")).to_be_visible()
    page.get_by_label("Prompt", exact=True).fill("A {red|blue} lantern\nA lantern at sea")
    expect(page.locator("#prompt-list li")).to_have_text(
        ["A red lantern", "A blue lantern", "A lantern at sea"]
    )
    expect(page.get_by_text("9 videos will be made.")).to_be_visible()
    page.get_by_label("Takes", exact=True).press("1")
    expect(page.get_by_text("3 videos will be made.")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    press(page, 3)
    expect(page.locator(".card", has_text="A blue lantern")).to_have_count(1)
    expect(page.locator(".card", has_text="A lantern at sea")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Several prompts, one a line")).not_to_be_checked()


def test_a_press_before_the_list_has_come_shows_the_list_first(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Several prompts, one a line").check()
    page.route("**/prompt-list/", lambda route: None)
    page.get_by_label("Prompt", exact=True).fill("One lantern\nTwo lanterns")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Nothing was sent. Look at the list")).to_be_visible()
    expect(page.locator("#prompt-list li")).to_have_count(2)
    expect(page.locator(".card", has_text="One lantern")).to_have_count(0)
    press(page, 2)
    expect(page.locator(".card", has_text="One lantern")).to_have_count(1)


def test_the_frame_that_is_shown_becomes_the_picture_of_the_next_video(
    page: Page, films: list[str]
) -> None:
    page.emulate_media(reduced_motion="reduce")  # it does not begin by itself
    page.goto(films[0])
    link = page.get_by_role("link", name="Continue from here")
    page.locator("video").first.evaluate(
        "video => { video.preload = 'auto'; video.currentTime = 1.5; }"
    )
    expect(link).to_have_attribute("href", re.compile(r"at=1\.5"))
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save this frame").click()
    assert saved.value.suggested_filename.endswith("-1.500.png")
    link.click()
    expect(page.get_by_text("Continues from")).to_be_visible()
    expect(page.locator("#picture img")).to_be_visible()
    expect(page.get_by_text("What differs: Model")).to_be_visible()
    page.locator("summary", has_text="More settings").click()
    page.get_by_label("Watermark").or_(page.locator("#id_watermark")).first.check()
    expect(page.locator("[data-differs]")).to_contain_text("AI mark")
    page.get_by_label("Prompt", exact=True).fill("The lantern rises")
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".card", has_text="The lantern rises")
    expect(card).to_have_count(1)
    page.goto(card.get_attribute("data-page") or "")
    page.get_by_role("link", name="take of a kite").click()
    expect(page.get_by_role("link", name="The lantern rises")).to_be_visible()
    assert axe(page) == []


def test_four_takes_fit_a_phone_and_play_in_step(
    page: Page, films: list[str], studio: Studio
) -> None:
    pks = [film.split("/")[2] for film in films]
    copies = studio.run(
        f"row = Generation.objects.get(pk='{pks[0]}')\n"
        "for number in range(2):\n"
        "    row.pk, row.remote_id = __import__('uuid').uuid4(), f'copy-{number}'\n"
        "    row.prompt = 'A copied lantern'\n"
        "    row._state.adding = True; row.save(); print(row.pk)"
    ).split()
    page.set_viewport_size({"width": 390, "height": 844})
    query = "&".join(f"{place}={pk}" for place, pk in zip("abcd", pks + copies, strict=True))
    page.goto(f"/compare/?{query}")
    boxes = [one.bounding_box() for one in page.locator("video").all()]
    assert len({round(box["x"]) for box in boxes}) == 2 and max(box["y"] for box in boxes) < 844
    page.get_by_role("button", name="Play all").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.4")
    page.get_by_role("button", name="Pause all").click()
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('video')].map(one => one.currentTime);"
        " return Math.max(...all) - Math.min(...all) < 0.1 }"
    )


@pytest.mark.usefixtures("no_conversions")
def test_two_clips_are_joined_in_the_order_of_choosing(page: Page, films: list[str]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/gallery/?q=take+of+a+kite")
    for text in ("Second take of a kite", "First take of a kite"):
        page.locator(".tile", has_text=text).get_by_role("checkbox").check()
    page.locator("#selected summary", has_text="More").click()
    page.get_by_role("button", name="Join into one video").click()
    expect(page.locator(".tile p")).to_have_text(["Second take of a kite", "First take of a kite"])
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Join", exact=True).press("Enter")
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("link", name="Download").click(timeout=60_000)
    assert saved.value.suggested_filename.startswith("joined-")
    assert axe(page) == []
