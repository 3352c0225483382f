"""Without a mouse, on a narrow screen, in both languages: from signing in to undoing a deletion."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import NAME, PASSWORD, Studio

WORDS = {
    "en-GB": {"sign in": "Sign in", "generate": "Generate", "ready": "Ready", "undo": "Undo"},
    "zh-CN": {"sign in": "登录", "generate": "生成", "ready": "已就绪", "undo": "撤销"},
}
FOCUSED = """() => {
    const at = document.activeElement;
    return `${at.id} ${at.name || ""} ${(at.getAttribute("aria-label") || at.textContent).trim()}`;
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what `words` name has the focus."""
    for _ in range(300):  # cards of other tests may lie on the way
        page.keyboard.press("Tab")
        if words in page.evaluate(FOCUSED):
            return
    pytest.fail(f"no way to {words!r} by Tab")


@pytest.mark.parametrize("language", WORDS)
def test_from_signing_in_to_taking_a_deletion_back(
    browser: Browser, studio: Studio, administrator: dict[str, Any], language: str
) -> None:
    words = WORDS[language]
    context = browser.new_context(
        base_url=studio.url, locale=language, viewport={"width": 320, "height": 720},
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto("/")
    tab_to(page, "id_username")
    page.keyboard.type(NAME)
    tab_to(page, "id_password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")

    prompt = f"Keys alone 键盘 {language}"
    tab_to(page, "id_prompt")
    page.keyboard.type(prompt)
    tab_to(page, "id_size")
    page.keyboard.type("832")
    expect(page.locator("#id_size")).to_have_value("832x480")
    tab_to(page, words["generate"])
    page.keyboard.press("Enter")
    card = page.locator(".card", has_text=prompt)
    expect(page.locator("#announce")).to_contain_text(prompt)
    expect(card.locator(".state")).to_contain_text(words["ready"], timeout=120_000)
    expect(page.locator("#announce")).to_contain_text(words["ready"])
    tab_to(page, prompt)
    page.keyboard.press("Enter")  # beside the button, what was sent leads to its card
    expect(page).to_have_url(re.compile("#card-"))
    tab_to(page, prompt)
    page.keyboard.press("Enter")
    page.locator("video").wait_for()

    page.goto("/gallery/")
    tab_to(page, prompt)
    page.keyboard.press("Delete")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text(prompt)
    expect(toast.get_by_role("button", name=words["undo"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".tile", has_text=prompt)).to_have_count(1)
    context.close()


def test_focus_stays_on_a_card_that_changes_under_it(page: Page, studio: Studio) -> None:
    pk = studio.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        "print(make_generation('queued', owner=me, provider='gone', model='focus', "
        "prompt='Focused', due_at=timezone.now() + timedelta(minutes=5)).pk)"
    )
    page.goto("/")
    page.locator(f"#card-{pk} .row button").focus()
    studio.run(f"Generation.objects.get(pk='{pk}').cancel(me)")
    expect(page.locator(f"#card-{pk}[data-ended]")).to_be_visible()
    expect(page.locator(f"#card-{pk} :focus")).to_have_count(1)
