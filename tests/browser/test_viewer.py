"""A video over the page it was found on: it plays, leads on, and leads back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Studio, axe

PLAYS = """() => {
    const video = document.querySelector("#viewer video");
    return video && !video.paused && video.loop && video.muted && video.currentTime > 0;
}"""
SEARCH = "/gallery/?q=take+of+a+kite"


@pytest.fixture
def motion() -> str:
    """As most people have it."""
    return "no-preference"


def test_play_on_a_card_plays_over_the_page_and_escape_leads_back(
    page: Page, films: list[str]
) -> None:
    page.goto("/activity/")
    page.evaluate("window.notReloaded = true")
    card = page.locator(f".card[data-page='{films[0]}']")
    card.get_by_role("link", name="Play").click()
    expect(page).to_have_url(re.compile(f"{films[0]}\\?list=activity$"))
    page.wait_for_function(PLAYS)
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/activity/$"))
    expect(page.locator("#viewer")).to_be_hidden()
    expect(card.locator("a:focus")).to_have_count(1)
    assert page.evaluate("window.notReloaded")


def test_arrows_lead_through_the_list_that_was_searched(page: Page, films: list[str]) -> None:
    page.goto(SEARCH)
    tiles = page.locator(".tile > a")
    first, second = (tile.get_attribute("href") for tile in tiles.all()[:2])
    tiles.first.click()
    expect(page).to_have_url(re.compile(re.escape(first or "")))
    page.wait_for_function(PLAYS)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(re.escape(second or "")))
    text = page.locator(".tile p").nth(1).inner_text()
    expect(page.locator("#viewer blockquote").first).to_have_text(text)
    page.wait_for_function(PLAYS)
    star = page.locator("#viewer form[data-toggle] button")
    before = star.get_attribute("aria-pressed")
    with page.expect_response("**/favourite/"):
        page.keyboard.press("f")
    expect(star).not_to_have_attribute("aria-pressed", before or "")
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page).to_have_url(re.compile(re.escape(SEARCH)))
    expect(tiles.nth(1)).to_be_focused()
    expect(page.locator(".star").nth(1)).not_to_have_attribute("aria-pressed", before or "")


def test_the_page_of_a_video_leads_through_the_list_and_back_to_its_place(
    page: Page, films: list[str]
) -> None:
    page.goto(SEARCH)
    page.locator(".tile > a").first.click()
    page.locator("#viewer video").wait_for()
    page.reload()
    expect(page.locator("#viewer")).to_have_count(0)
    address = page.url
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(address)
    page.wait_for_load_state()  # until then no script hears the key
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(re.escape(SEARCH)))


def test_loop_and_autoplay_are_kept_as_chosen(page: Page, films: list[str]) -> None:
    page.goto(films[0])
    for name in ("Loop", "Autoplay"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-pressed", "true")
        button.click()
    page.goto(films[1])
    for name in ("Loop", "Autoplay"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "false")
    state = "video => [video.loop, video.paused]"
    assert page.locator("video").evaluate(state) == [False, True]


def test_where_motion_is_reduced_nothing_begins_by_itself(page: Page, films: list[str]) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(SEARCH)
    page.locator(".tile > a").first.click()
    video = page.locator("#viewer video")
    expect(video).to_be_visible()
    page.wait_for_timeout(500)
    assert video.evaluate("video => [video.loop, video.paused]") == [False, True]
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('#viewer video').currentTime > 0.1")


def test_delete_in_the_viewer_leads_back_to_the_list_with_an_undo(
    page: Page, studio: Studio
) -> None:
    for n in range(2):
        studio.run(f"make_generation('succeeded', owner=me, prompt='Deleted while seen {n}')")
    page.goto("/gallery/?q=Deleted+while+seen")
    page.locator(".tile > a").first.click()
    expect(page.locator("#viewer #watch")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page).to_have_url(re.compile(r"/gallery/\?q=Deleted\+while\+seen$"))
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    studio.run("Generation.objects.filter(prompt__startswith='Deleted while seen').delete()")


SWIPE = """([from, to]) => {
    const target = document.querySelector("#viewer #facts");
    const at = (x) => [new Touch({ identifier: 1, target, clientX: x, clientY: 300 })];
    const say = (name, touches, changedTouches) =>
        target.dispatchEvent(new TouchEvent(name, { bubbles: true, touches, changedTouches }));
    say("touchstart", at(from), at(from));
    say("touchend", [], at(to));
}"""


def test_a_swipe_leads_on_and_back(
    browser: Browser, studio: Studio, administrator: dict[str, object], films: list[str]
) -> None:
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, has_touch=True, is_mobile=True,
        viewport={"width": 390, "height": 844},
    )  # fmt: skip
    page = context.new_page()
    page.goto(SEARCH)
    page.locator(".tile > a").first.tap()
    page.locator("#viewer #facts").wait_for()
    first = page.url
    page.evaluate(SWIPE, [300, 100])
    page.locator("#viewer [rel=prev]").wait_for()  # the second one is there, not its address alone
    expect(page).not_to_have_url(first)
    page.evaluate(SWIPE, [100, 300])
    expect(page).to_have_url(first)
    assert page.evaluate("document.querySelector('#viewer').scrollWidth <= innerWidth")
    context.close()


def test_without_scripts_links_lead_through_the_list(scriptless: Page, films: list[str]) -> None:
    scriptless.goto(SEARCH)
    scriptless.locator(".tile > a").first.click()
    scriptless.get_by_role("link", name="Next").click()
    scriptless.get_by_role("link", name="Previous").click()
    scriptless.locator("[data-back]").click()
    expect(scriptless).to_have_url(re.compile(re.escape(SEARCH)))
