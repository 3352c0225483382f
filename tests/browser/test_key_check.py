"""A first key with a typo: from the card that says so to the service that takes the mended key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.conftest import axe, blameless, first_run, running
from tests.emulator import Emulator

MISTYPED = "sk-mistyped-000000000000"


def test_who_mistyped_the_key_is_led_to_where_it_is_tested(
    tmp_path: Path, browser: Browser, emulator: Emulator
) -> None:
    key = {"DASHSCOPE_API_KEY": MISTYPED, "DASHSCOPE_BASE_URL": emulator.base_url}
    with running(tmp_path, **key) as studio:
        options: dict[str, Any] = {
            "base_url": studio.url,
            "viewport": {"width": 390, "height": 844},
        }
        context = browser.new_context(**options, storage_state=first_run(studio, browser))
        with blameless(context, studio.url):
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Prompt", exact=True).fill("a paper boat")
            page.get_by_role("button", name="Generate").click()
            card = page.locator(".card", has_text="a paper boat")
            expect(card.get_by_text("Key and region must match")).to_be_visible()
            card.get_by_role("link", name="Test the key").press("Enter")  # a message lies over it

            button = page.get_by_role("button", name="Test this key")
            button.focus()
            page.keyboard.press("Enter")
            refused = page.get_by_role("status").filter(has_text="refuses the key")
            expect(refused.get_by_text("DASHSCOPE_BASE_URL")).to_be_visible()
            assert axe(page) == []
            assert [call.verb for call in emulator.requests if call.method == "POST"] == ["create"]

            page = context.new_page()
            emulator.settings.keys = (MISTYPED,)
            page.goto("/admin/generations/submitthrottle/")
            page.get_by_role("button", name="Test this key").click()
            expect(page.get_by_text("The service accepts the key.")).to_be_visible()
            assert len(emulator.creates) == 1
        context.close()
