"""What a card offers, beside the form and in the list of everything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Studio
from .test_watching import HELD, end


@pytest.fixture
def motion() -> str:
    """As most people have it."""
    return "no-preference"


def finished(studio: Studio, prompt: str) -> str:
    return studio.run(f"print(make_generation('succeeded', owner=me, prompt={prompt!r}).pk)")


def test_more_on_a_finished_card_opens_with_the_keys_and_stars_in_place(
    page: Page, studio: Studio
) -> None:
    pk = finished(studio, "Starred on its card")
    page.goto("/activity/")
    page.evaluate("window.notReloaded = true")
    card = page.locator(f"#card-{pk}")
    more = card.locator("summary")
    more.focus()
    page.keyboard.press("Enter")
    star = card.get_by_role("button", name="Favourite")
    with page.expect_response("**/favourite/"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    assert studio.run(f"print(Generation.objects.get(pk='{pk}').favourite)") == "True"
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(star).to_be_hidden()
    assert page.evaluate("window.notReloaded")


def test_an_open_menu_stays_on_a_narrow_screen(page: Page, studio: Studio) -> None:
    pk = finished(studio, "On a narrow screen")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/activity/")
    page.locator(f"#card-{pk} summary").click()
    box = page.locator(f"#card-{pk} .menu-in").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts_more_opens_and_a_video_is_starred_and_deleted(
    scriptless: Page, studio: Studio
) -> None:
    page, pk = scriptless, finished(studio, "Starred without scripts")
    for button in ("Favourite", "Delete"):
        page.goto("/activity/")
        page.locator(f"#card-{pk} summary").click()
        page.locator(f"#card-{pk}").get_by_role("button", name=button).click()
    expect(page.locator("[data-toast]")).to_contain_text("Starred without scripts")
    row = f"Generation.objects.get(pk='{pk}')"
    assert studio.run(f"print({row}.favourite, {row}.trashed_at is not None)") == "True True"


def test_what_was_hidden_stays_hidden_beside_the_form_until_it_has_ended(
    page: Page, studio: Studio
) -> None:
    pk = studio.run(HELD.replace("'storing'", "'running'"))
    card = page.locator(f"#card-{pk}")
    page.goto("/")
    card.get_by_role("button", name="Hide").click()
    expect(card).to_have_count(0)
    page.reload()
    expect(card).to_have_count(0)
    page.goto("/activity/")
    expect(card).to_be_visible()
    expect(card.get_by_role("button", name="Hide")).to_be_hidden()
    end(studio, pk)
    page.goto("/")
    expect(card).to_be_visible()
    studio.run(f"Generation.objects.filter(pk='{pk}').delete()")


HEIGHTS = """text => {
    window.heights = new Set();
    setInterval(() => {
        const cards = [...document.querySelectorAll(".card")];
        const card = cards.find((one) => one.textContent.includes(text));
        if (card) window.heights.add(card.offsetHeight);
    }, 30);
}"""


@pytest.mark.parametrize("width", [390, 1366])
def test_a_card_keeps_its_height_from_the_press_to_the_end(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    text = f"As high as ever at {width}"
    page.get_by_label("Prompt", exact=True).fill(text)
    page.evaluate(HEIGHTS, text)
    page.get_by_role("button", name="Generate").click()
    page.locator(".card[data-ended]", has_text=text).wait_for(timeout=120_000)
    assert page.evaluate("window.heights.size") == 1
