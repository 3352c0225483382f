"""Every page in every state shuts nobody out.

axe finds nothing, nothing is too wide, no script fails, the focus is seen in contrast themes, and
a Chinese page is Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .conftest import AXE, Studio, axe
from .page_checks import broken_labels, errors_of, too_wide, unseen_focus, untranslated
from .states import DOINGS, PAGES, Rows, make_rows


@pytest.fixture(scope="module")
def rows(studio: Studio, administrator: dict[str, Any]) -> Rows:
    return make_rows(studio)


@dataclass(frozen=True)
class Mode:
    """A reader. The last width is the one that axe looks at."""

    language: str
    widths: tuple[int, ...]

    def look(self, page: Page) -> list[str]:
        """Everything in the light theme; what colours can break in the dark one, once."""
        found = axe(page) + too_wide(page, self.widths)
        if self.language == "zh-CN":
            return found + broken_labels(page) + untranslated(page) + unseen_focus(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"dark: {one}" for one in axe(page, ["color-contrast"])]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        return found


ENGLISH, CHINESE = Mode("en-GB", (1440,)), Mode("zh-CN", (390, 320))


@pytest.mark.parametrize("mode", [ENGLISH, CHINESE], ids=lambda mode: mode.language)
def test_nobody_is_shut_out_of_any_page_in_any_state(
    browser: Browser, studio: Studio, administrator: dict[str, Any], rows: Rows, mode: Mode
) -> None:
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=mode.language,
        # So tall that nothing lies under the bar that sends, which stays at the lower edge.
        viewport={"width": mode.widths[-1], "height": 1800},
        color_scheme="light", reduced_motion="reduce",
    )  # fmt: skip
    context.add_init_script(path=AXE)  # cheaper than sending it to each page
    page = context.new_page()
    said = []
    with errors_of(context) as errors:
        for path in (*PAGES, *rows.pages):
            page.goto(path)
            said += [f"{path}: {one}" for one in mode.look(page)]
        for do in DOINGS:
            do(page)
            said += [f"{do.__name__}: {one}" for one in mode.look(page)]
    context.close()
    assert "\n".join(said + errors) == ""


@pytest.mark.parametrize("mode", [ENGLISH, CHINESE], ids=lambda mode: mode.language)
def test_nobody_is_shut_out_before_signing_in(
    browser: Browser, studio: Studio, administrator: dict[str, Any], mode: Mode
) -> None:
    page = browser.new_page(
        base_url=studio.url, locale=mode.language, color_scheme="light", reduced_motion="reduce"
    )
    said = []
    for path in (
        "/accounts/password_reset/",
        "/accounts/login/",
        "/accounts/login/?next=/gallery/",
    ):
        page.goto(path)
        said += mode.look(page)
    page.locator("#id_username").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.locator("main button").click()
    said += mode.look(page)
    page.context.close()
    assert "\n".join(said) == ""
