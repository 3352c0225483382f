"""Earlier prompts under the field."""

from playwright.sync_api import expect

from tests.browser.conftest import axe


def test_an_earlier_prompt_is_found_and_filled_in_with_the_keyboard_alone(
    page, studio, administrator
):
    studio.run(
        "for n in range(3):\n"
        "    make_generation('failed', owner=me, prompt=f'A lighthouse, take {n}')\n"
    )
    page.goto("/")
    field = page.get_by_label("Prompt", exact=True)
    field.fill("What stood there before")
    page.locator("#history summary").press("Enter")
    search = page.get_by_label("Search your prompts")
    expect(search).to_be_focused()
    search.press_sequentially("house, take 1")
    expect(page.locator("[data-prompt]")).to_have_count(1)
    assert axe(page) == []
    page.keyboard.press("Enter")  # sends nothing
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-prompt]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_have_value("A lighthouse, take 1")
    expect(field).to_be_focused()
    page.keyboard.press("Control+z")
    expect(field).to_have_value("What stood there before")
    page.locator("#history summary").press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#history summary")).to_be_focused()
    assert page.url.endswith("/")
