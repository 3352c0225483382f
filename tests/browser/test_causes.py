"""What goes wrong between the browser and the studio, and what browsers make of texts and keys."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import PASSWORD, Studio

CLIPBOARD = """([texts, content]) => {
    const data = new DataTransfer();
    for (const [type, text] of Object.entries(texts)) data.setData(type, text);
    const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
    if (content) data.items.add(new File([bytes], "image.png", { type: "image/png" }));
    const given = { clipboardData: data, bubbles: true, cancelable: true };
    const paste = new ClipboardEvent("paste", given);
    return document.activeElement.dispatchEvent(paste);
}"""
DROP = """([selector, texts]) => {
    const data = new DataTransfer();
    for (const [type, text] of Object.entries(texts)) data.setData(type, text);
    const given = { dataTransfer: data, bubbles: true, cancelable: true };
    const target = document.querySelector(selector);
    target.dispatchEvent(new DragEvent("dragover", given));
    return target.dispatchEvent(new DragEvent("drop", given));
}"""
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


def test_text_is_pasted_where_there_is_text_though_a_picture_came_along(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Prompt", exact=True).focus()
    texts = {"text/plain": "A fox", "text/html": "<b>A fox</b>"}
    assert page.evaluate(CLIPBOARD, [texts, PIXEL])  # the field takes it itself
    expect(page.get_by_role("link", name="Text to video")).to_have_attribute("aria-current", "true")
    assert not page.evaluate(CLIPBOARD, [{"text/html": "<img src=x>"}, PIXEL])
    expect(page.get_by_role("link", name="Image to video")).to_have_attribute(
        "aria-current", "true"
    )


def test_a_picture_dragged_out_of_another_page_is_taken_by_its_address(page: Page) -> None:
    page.goto("/")
    html = '<a href="https://example.org/page"><img src="https://example.org/fox.jpg"></a>'
    texts = {"text/html": html, "text/uri-list": "https://example.org/page"}
    assert page.evaluate(DROP, ["#id_prompt", texts])  # a text field takes what it wants itself
    assert not page.evaluate(DROP, ["main", texts])
    expect(page.locator("#id_image_url")).to_have_value("https://example.org/fox.jpg")
    expect(page.locator("#id_image_url")).to_be_visible()
    expect(page.locator("[data-toast]")).to_contain_text("address of the picture was taken")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "A proxy in front of the studio refused this"),
        (413, "Choose a smaller one"),
        (429, "Wait a minute"),
        (503, "Press Generate again: only one video"),
        (504, "Press Generate again: only one video"),
    ],
)
def test_each_refusal_on_the_way_has_its_own_sentence(page: Page, status: int, said: str) -> None:
    page.goto("/")
    page.route("**/", lambda route: route.fulfill(status=status, body="<html>proxy</html>"))
    page.get_by_label("Prompt", exact=True).fill("Stopped on its way")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[data-toast]")).to_contain_text(said)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Stopped on its way")


def test_a_sign_in_in_front_of_the_studio_is_told_and_not_put_into_the_page(page: Page) -> None:
    page.goto("/")
    page.route("**/", lambda route: route.fulfill(body="<!DOCTYPE html><h1>Corporate sign-in</h1>"))
    page.get_by_label("Prompt", exact=True).fill("Behind a sign-on")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[data-toast]")).to_contain_text("Reload the page to sign in again")
    expect(page.get_by_text("Corporate sign-in")).to_have_count(0)


def test_a_picture_that_was_saved_again_after_it_was_chosen_is_to_be_chosen_again(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "fox.png"
    Image.new("RGB", (640, 480)).save(path)
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(path)
    expect(page.get_by_alt_text("The chosen picture")).to_be_visible()
    Image.new("RGB", (720, 480), "red").save(path)
    os.utime(path, (0, 0))  # Chromium compares the time
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[data-toast]")).to_contain_text("choose it again")


def test_a_language_that_intl_does_not_take_stops_no_script(page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(navigator, 'languages', { value: ['en-US@posix', 'en'] })"
    )
    page.goto("/activity/")
    assert page.evaluate("typeof window.studio.fail") == "function"


def test_where_no_page_may_make_a_notification_none_is_offered(page: Page) -> None:
    page.add_init_script(
        "window.Notification = class { static permission = 'default';"
        " constructor() { throw new TypeError('Illegal constructor'); } }"
    )
    page.goto("/")
    page.locator(".menu", has_text="Account").locator("summary").click()
    expect(page.locator("[data-notify]")).to_be_hidden()


def test_a_press_with_ctrl_on_a_mode_leaves_this_tab_as_it_is(page: Page) -> None:
    page.goto("/")
    link = page.get_by_role("link", name="Image to video")
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("link", name="Image to video")).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_role("link", name="Text to video")).to_have_attribute("aria-current", "true")


def test_a_gallery_out_of_the_browsers_cache_is_asked_for_anew(
    page: Page, films: list[str], studio: Studio
) -> None:
    pk = films[0].split("/")[-2]
    page.goto("/gallery/")
    tile = page.locator(".tile", has=page.locator(f"a[href*='{pk}']"))
    expect(tile).to_have_count(1)
    studio.run(f"Generation.objects.filter(pk='{pk}').update(favourite=True, size='624x624')")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(tile).to_contain_text("624x624")
    studio.run(f"Generation.objects.filter(pk='{pk}').update(favourite=False, size='832x480')")


def test_the_form_out_of_the_browsers_cache_keeps_its_text_beside_fresh_cards(
    page: Page, studio: Studio
) -> None:
    pk = studio.run(
        "print(make_generation('succeeded', owner=me, prompt='In the cache').pk)"
    ).strip()
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Still here")
    card = page.locator(f"#card-{pk}")
    expect(card).to_have_count(1)
    studio.run(
        "from django.utils import timezone\n"
        f"Generation.objects.filter(pk='{pk}').update(trashed_at=timezone.now())"
    )
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(card).to_have_count(0)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Still here")


def test_a_long_link_leads_through_the_sign_in(
    browser: Browser, page: Page, studio: Studio
) -> None:
    prompt = "雪" * 800
    page.goto(f"/?prompt={prompt}")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(prompt)
    stranger = browser.new_page(base_url=studio.url)
    answer = stranger.goto(f"/?prompt={prompt}")
    assert answer
    assert answer.status == 200
    expect(stranger).to_have_url(re.compile(r"/accounts/login/\?next=(%2F|/)$"))
    stranger.context.close()


def test_a_style_that_an_extension_wrote_is_not_copied(page: Page) -> None:
    page.goto("/")
    settled = page.evaluate("htmx.config.attributesToSettle")
    assert settled == ["class", "width", "height"]


CYRILLIC = """([key, code]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""


def test_keys_by_letter_work_on_a_layout_of_other_letters(
    page: Page, films: list[str], studio: Studio
) -> None:
    page.goto("/gallery/")
    tile = page.locator(".tile").first
    tile.locator("> a").focus()
    page.evaluate(CYRILLIC, ["ч", "KeyX"])
    expect(tile.locator("input")).to_be_checked()
    pk = films[0].split("/")[-2]
    studio.run(f"Generation.objects.filter(pk='{pk}').update(review='pending')")
    page.goto(f"/admin/generations/generation/{pk}/change/")
    page.locator("#studio-decide").wait_for()
    with page.expect_navigation():
        page.evaluate(CYRILLIC, ["ф", "KeyA"])
    assert studio.run(f"print(Generation.objects.get(pk='{pk}').review)") == "approved"


def test_a_form_that_comes_back_stands_at_the_field_that_is_wrong(page: Page) -> None:
    page.goto("/accounts/password_change/")
    page.locator("#id_oldpassword").fill(PASSWORD)
    page.locator("#id_password1").fill("one long password")
    page.locator("#id_password2").fill("quite another one")
    page.locator("main form button").click()
    expect(page.locator("#id_password2")).to_be_focused()


def test_the_counter_agrees_that_nothing_was_written(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("\u200b\u2060\ufeff")
    expect(page.locator("#id_prompt_counter")).to_have_text("0 / 800")


def test_fields_that_are_asked_for_twice_are_no_error(page: Page) -> None:
    page.goto("/")
    page.route("**/fields/**", lambda route: None)  # the first answer never comes
    for number in (1, 0):
        with page.expect_request("**/fields/**"):
            page.locator("[data-mode-choice]").nth(number).click()
    page.wait_for_timeout(300)
