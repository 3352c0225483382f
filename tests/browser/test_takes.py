"""Several videos by one press: takes, and prompts one a line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import axe


@pytest.fixture(autouse=True)
def gone(studio):
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
    expect(page.locator("#prompts li")).to_have_text(
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
    page.route("**/prompts/", lambda route: None)
    page.get_by_label("Prompt", exact=True).fill("One lantern\nTwo lanterns")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Nothing was sent. Look at the list")).to_be_visible()
    expect(page.locator("#prompts li")).to_have_count(2)
    expect(page.locator(".card", has_text="One lantern")).to_have_count(0)
    press(page, 2)
    expect(page.locator(".card", has_text="One lantern")).to_have_count(1)
