"""What was typed stays until it is accepted: for its person, in its mode, through every reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Locator, Page, Route, expect

from tests.waiting import until

from .conftest import NAME, PASSWORD, Studio


def prompt(page: Page) -> Locator:
    return page.get_by_label("Prompt", exact=True)


def mode(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("/")


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.locator("#id_username").wait_for()


@pytest.fixture
def row(studio: Studio, administrator: object) -> str:
    made = "make_generation('succeeded', owner=me, model='sandbox-t2v', prompt='As it was made')"
    return studio.run(f"print({made}.pk)")


@pytest.fixture(scope="module")
def ben(studio: Studio, administrator: object) -> str:
    studio.run(f"User.objects.create_user('ben', password={PASSWORD!r})")
    return "ben"


@pytest.fixture
def keeping(
    browser_type: BrowserType, browser_type_launch_args: dict, studio: Studio
) -> Iterator[Browser]:
    """A browser that keeps the pages one came from, as people's browsers do."""
    without = ["--disable-back-forward-cache"]
    own = browser_type.launch(**browser_type_launch_args, ignore_default_args=without)
    yield own
    own.close()


def test_the_next_person_at_the_same_browser_finds_nothing_of_the_last(
    browser: Browser, studio: Studio, ben: str
) -> None:
    page = browser.new_page(base_url=studio.url, locale="en-GB")
    page.add_init_script("Notification.requestPermission = async () => 'granted'")
    sign_in(page, NAME)
    prompt(page).fill("Of the first person alone")
    page.locator("summary", has_text="Account").click()
    page.get_by_role("button", name="Notify me when a video is ready").click()
    page.keyboard.press("Escape")
    sign_out(page)
    sign_in(page, ben)
    expect(prompt(page)).to_have_value("")
    prompt(page).fill("Of the second one")
    sign_out(page)
    sign_in(page, NAME)
    expect(prompt(page)).to_have_value("Of the first person alone")
    page.context.close()


def test_going_back_after_signing_out_shows_no_page_that_the_browser_kept(
    keeping: Browser, studio: Studio, administrator: object
) -> None:
    page = keeping.new_page(base_url=studio.url, locale="en-GB")
    sign_in(page, NAME)
    prompt(page).fill("Seen by nobody else")
    page.goto("/help/")
    page.evaluate("history.back()")
    expect(prompt(page)).to_have_value("Seen by nobody else")
    page.goto("/help/")
    sign_out(page)
    for _ in range(2):
        page.evaluate("() => { window.isLeft = true; history.back(); }")
        page.wait_for_function("() => !window.isLeft")
        page.wait_for_load_state("networkidle")  # it may load itself anew
        expect(page.locator("#id_username")).to_be_visible()
        expect(page.locator("#compose")).to_have_count(0)
    page.context.close()


def test_what_is_typed_before_the_scripts_run_is_kept_too(page: Page) -> None:
    page.goto("/")
    prompt(page).fill("From the day before")
    page.locator("#id_negative_prompt").evaluate("area => { area.closest('details').open = true }")
    page.locator("#id_negative_prompt").fill("fog")
    held: list[Route] = []
    page.route("**/drafts.js", lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    prompt(page).fill("Typed at once")
    until(lambda: page.title() and held)
    held[0].continue_()
    page.unroute("**/drafts.js")
    page.wait_for_load_state()
    page.reload()
    expect(prompt(page)).to_have_value("Typed at once")
    expect(page.locator("#id_negative_prompt")).to_have_value("fog")


def test_each_mode_has_a_draft_of_its_own(page: Page) -> None:
    page.goto("/")
    prompt(page).fill("For the picture")
    mode(page, "Image to video")
    expect(prompt(page)).to_have_value("For the picture")
    mode(page, "Text to video")
    expect(prompt(page)).to_have_value("For the picture")
    mode(page, "Image to video")
    page.reload()
    expect(page.locator("[data-drop]")).to_be_visible()
    expect(prompt(page)).to_have_value("For the picture")
    page.goto("/")
    expect(prompt(page)).to_have_value("")
    prompt(page).fill("For words alone")
    mode(page, "Image to video")
    expect(prompt(page)).to_have_value("For the picture")
    mode(page, "Text to video")
    expect(prompt(page)).to_have_value("For words alone")


def test_what_was_accepted_does_not_come_back_in_the_other_mode(page: Page, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (640, 480), "teal").save(tmp_path / "sea.png")
    page.goto("/")
    prompt(page).fill("Waves roll in")
    mode(page, "Image to video")
    page.locator("#id_image").set_input_files(tmp_path / "sea.png")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Waves roll in")).to_have_count(1)
    page.goto("/")
    expect(prompt(page)).to_have_value("")


def test_edits_of_a_form_that_came_filled_outlive_a_reload_and_the_other_language(
    page: Page, row: str
) -> None:
    page.goto("/")
    prompt(page).fill("An idea of its own")
    page.goto(f"/?use={row}")
    prompt(page).fill("As it was made, but at night")
    page.get_by_text("More settings").click()
    page.locator("#id_seed").fill("99")
    page.locator("#id_watermark").check()
    page.reload()
    expect(prompt(page)).to_have_value("As it was made, but at night")
    expect(page.locator("#id_seed")).to_have_value("99")
    expect(page.locator("#id_watermark")).to_be_checked()
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("#id_prompt")).to_have_value("As it was made, but at night")
    page.goto("/help/")
    page.goto(f"/?use={row}")
    expect(page.locator("#id_prompt")).to_have_value("As it was made")
    page.goto("/")
    expect(page.locator("#id_prompt")).to_have_value("An idea of its own")


def test_a_video_without_words_fills_the_form_and_no_draft_does(page: Page, studio: Studio) -> None:
    pk = studio.run(
        "print(make_generation('succeeded', owner=me, model='sandbox-i2v', prompt='', "
        "size='480P', source_url='https://example.com/boat.png').pk)"
    )
    page.goto("/")
    mode(page, "Image to video")
    prompt(page).fill("A draft about something else")
    page.goto(f"/?use={pk}")
    expect(page.locator("#id_image_url")).to_have_value("https://example.com/boat.png")
    expect(prompt(page)).to_have_value("")
