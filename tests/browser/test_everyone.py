"""No page shuts somebody out: narrow screens, no scripts, two languages."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import axe

LINES_OF = """(element, word) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(word);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + word.length);
        return range.getClientRects().length;
    }
}"""
STATES = (
    ("queued", ""), ("submitting", ""), ("running", ""), ("storing", ""), ("succeeded", ""),
    ("failed", ", error_code='content'"), ("canceled", ""),
    ("unconfirmed", ", error_code='unconfirmed'"),
)  # fmt: skip
PAGES = (
    "/", "/gallery/", "/gallery/?q=fox&tier=480P", "/gallery/?q=nothing+like+this", "/activity/",
    "/trash/", "/help/", "/accounts/", "/accounts/password_change/", "/accounts/email/",
    "/no-such-page/",
)  # fmt: skip


@pytest.fixture(scope="module")
def states(studio, administrator):
    """A page of every state. The rows are held still: nothing of them is due for an hour."""
    code = ["from datetime import timedelta; from django.utils import timezone"]
    code.append("later = {'due_at': timezone.now() + timedelta(minutes=14)}")
    code.append("still = dict(owner=me, provider='gone', model='none')")
    for status, more in STATES:
        due = "**later, " if status in ("queued", "submitting", "running", "storing") else ""
        code.append(
            f"print(make_generation({status!r}, prompt='A fox, {status}', {due}**still{more}).pk)"
        )
    return [f"/v/{pk}/" for pk in studio.run("\n".join(code)).split()]


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_wider_than_the_screen(page, states, width):
    page.set_viewport_size({"width": width, "height": 800})
    for path in (*PAGES, *states):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_no_word_is_broken_in_the_middle_on_a_phone(page, studio):
    row = "make_generation('succeeded', owner=me, size='1248x1632', bytes=712_300, model='wan2.2')"
    held = "model='none', due_at=timezone.now() + timedelta(minutes=14)"
    pk = studio.run(f"print({row}.pk)")
    late = studio.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        f"print(make_generation('running', owner=me, remote_state='running', {held}, "
        "submitted_at=timezone.now() - timedelta(minutes=29)).pk)"
    )
    page.set_viewport_size({"width": 320, "height": 800})
    for path, words in (
        (f"/v/{pk}/", ["1248x1632", "wan2.2", "695.6\xa0KB"]),
        ("/activity/", ["Generating"]),
    ):
        page.goto(path)
        for word in words:
            lines = page.get_by_text(word).first.evaluate(LINES_OF, word)
            assert lines == 1, word
    studio.run(f"Generation.objects.filter(pk__in=['{pk}', '{late}']).delete()")


def test_what_can_be_pressed_is_large_enough(page, states):
    page.set_viewport_size({"width": 320, "height": 800})
    for path in ("/", "/gallery/", "/activity/", states[4]):
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("a.button, button, summary, .nav a")]
            .filter(element => element.checkVisibility())
            .map(element => [element.textContent.trim(), element.getBoundingClientRect()])
            .filter(([text, box]) => box.width && (box.width < 43.5 || box.height < 43.5))
            .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == [], path


def test_without_scripts_a_video_is_made_watched_and_found(scriptless):
    page = scriptless
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Made without scripts")
    page.get_by_label("Size").select_option("624x624")
    page.get_by_role("button", name="Generate").click()
    expect(page).to_have_url(re.compile(r"/v/[0-9a-f-]{36}/$"))
    for _ in range(600):
        if page.locator("video").count():
            break
        page.get_by_role("link", name="Refresh").click()
        page.wait_for_timeout(500)
    expect(page.locator("video")).to_be_visible()
    page.goto("/gallery/")
    expect(page.locator(".tile", has_text="Made without scripts")).to_have_count(1)


def test_the_language_is_switched_and_stays(page):
    page.goto("/help/")
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("制作视频")
    assert axe(page) == []


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [("en-GB", "America/New_York", "1 Mar 2026, 21:30"),
     ("en-US", "Asia/Tokyo", "Mar 2, 2026, 11:30 AM"),
     ("zh-CN", "Asia/Shanghai", "2026年3月2日 10:30")],
)  # fmt: skip
def test_times_are_the_readers_own(browser, studio, administrator, locale, zone, shown):
    pk = studio.run(
        "from datetime import UTC, datetime\n"
        "print(make_generation('succeeded', owner=me, prompt='At its time',\n"
        "    created=datetime(2026, 3, 2, 2, 30, tzinfo=UTC)).pk)"
    )
    studio.run(f"Generation.objects.get(pk='{pk}').log_event('succeeded')")
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=locale, timezone_id=zone
    )
    page = context.new_page()
    page.goto("/activity/?before=1772850600000000-" + "0" * 32)
    expect(page.locator(f"#card-{pk} time")).to_have_text(shown)
    page.goto(f"/v/{pk}/")
    expect(page.locator(".story time").first).not_to_contain_text("UTC")
    context.close()


def test_the_chosen_colours_stay(page):
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.locator("summary[aria-label='Colours']").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/gallery/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_every_page_can_be_walked_with_the_keyboard(page):
    page.goto("/gallery/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.goto("/")
    expect(page.locator("#id_prompt")).to_be_focused()
    page.keyboard.type("Typed without a mouse")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".card", has_text="Typed without a mouse")).to_have_count(1)
