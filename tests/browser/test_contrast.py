"""Contrast themes, print, phones and large text: what is chosen is seen, and nothing is cut off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Studio
from .contexts import Contexts


@pytest.fixture
def contrast(contexts: Contexts, studio: Studio, administrator: dict[str, Any]) -> Any:
    with contexts.lent(
        storage_state=administrator, base_url=studio.url, forced_colors="active"
    ) as context:
        yield context.new_page()


def colour(page: Page, selector: str, name: str, pseudo: str = "") -> str:
    code = "([one, name, pseudo]) => getComputedStyle(document.querySelector(one), pseudo)[name]"
    return str(page.evaluate(code, [selector, name, pseudo]))


def test_in_contrast_themes_what_is_chosen_is_seen(contrast: Page, films: list[str]) -> None:
    contrast.goto("/")
    assert colour(contrast, ".modes [aria-current]", "outlineStyle") == "solid"
    assert colour(contrast, ".modes a:not([aria-current])", "outlineStyle") == "none"
    contrast.goto("/gallery/")
    ground = colour(contrast, "body", "backgroundColor")
    star = ".tile .star"
    contrast.locator(star).first.wait_for()
    assert colour(contrast, star, "backgroundColor", "::before") != ground
    before = colour(contrast, star, "backgroundColor", "::before")
    contrast.locator(star).first.click()
    expect(contrast.locator(star).first).to_have_attribute("aria-pressed", "true")
    assert colour(contrast, star, "backgroundColor", "::before") != before
    contrast.locator(star).first.click()
    box = ".tile input"
    assert colour(contrast, box, "appearance") == "auto"
    assert colour(contrast, box, "content", "::after") == "none"
    contrast.locator(box).first.check()
    assert colour(contrast, ".tile:has(:checked)", "outlineStyle") == "solid"


def test_a_page_in_the_dark_theme_is_printed_light(page: Page) -> None:
    page.add_init_script("localStorage.setItem('theme', 'dark')")
    page.goto("/activity/")
    dark = colour(page, "body", "color")
    page.emulate_media(media="print")
    assert colour(page, "body", "color") != dark
    assert colour(page, "body", "color") == "rgb(30, 33, 29)"


def test_no_field_is_so_small_that_a_phone_zooms_in(page: Page) -> None:
    for path in ("/", "/gallery/"):
        page.goto(path)
        sizes = page.eval_on_selector_all(
            "main :is(input:not([type=checkbox], [type=hidden], [type=file]), textarea, select)",
            "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))",
        )
        assert min(sizes) >= 16


def test_with_text_twice_as_large_a_phone_shows_the_whole_navigation(page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    for path in ("/", "/gallery/"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_keys_of_the_list_stand_in_one_line(page: Page, films: list[str]) -> None:
    page.goto("/gallery/")
    page.locator("#keys-link").click()
    keys = page.locator("dialog dt").first
    assert keys.evaluate("dt => new Set([...dt.children].map(one => one.offsetTop)).size") == 1
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tile > a").first).to_be_focused()


def test_the_columns_of_the_table_for_staff_are_whole_on_a_common_screen(
    page: Page, films: list[str]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/admin/generations/generation/?view=table")
    results = page.locator(".results")
    assert results.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert page.locator(".action-select").first.evaluate("box => box.offsetWidth") >= 24
