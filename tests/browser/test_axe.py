"""axe finds nothing: every page, every state, both languages, both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .conftest import Studio, axe

# Status -> what else the row has. The rows are held still: nothing of them is due for a while.
STATES = {
    "waiting": ("queued", ""),
    "sending": ("submitting", ""),
    "queued-there": ("running", "remote_state='queued'"),
    "generating": ("running", "remote_state='running', progress=40"),
    "late": ("running", "submitted_at=now - timedelta(hours=1)"),
    "saving": ("storing", ""),
    "unsaved": ("storing", "error_code='save'"),
    "ready": ("succeeded", "seed=7, negative_prompt='x' * 600"),
    "rejected": ("succeeded", "review='rejected', review_note='Shows a person'"),
    "in-the-trash": ("succeeded", "trashed_at=now"),
    "refused": ("failed", "error_code='content'"),
    "failed-there": ("failed", "error_code='provider', prompt='很' * 5000"),
    "lost": ("failed", "error_code='expired'"),
    "unconfirmed": ("unconfirmed", "error_code='unconfirmed'"),
    "cancelled": ("canceled", ""),
}
OPEN = ("queued", "submitting", "running", "storing")
PAGES = (
    "/", "/gallery/", "/gallery/?q=fox&tier=480P", "/gallery/?q=nothing+like+this", "/activity/",
    "/trash/", "/collections/", "/help/", "/accounts/", "/accounts/password_change/",
    "/accounts/email/", "/no-such-page/",
)  # fmt: skip


def opened(page: Page) -> None:
    """The form with everything unfolded, too long a text and errors."""
    page.goto("/")
    for summary in page.locator("#compose summary").all():
        if summary.is_visible():
            summary.click()
    page.locator("#id_prompt").fill("猫" * 803)
    page.locator("#id_seed").fill("-1")
    page.locator(".sends button").click()
    page.locator("#id_seed_error").wait_for()


def picture(page: Page) -> None:
    page.goto("/")
    page.locator("[data-mode-choice]").nth(1).click()


def menus(page: Page) -> None:
    """Wide, so that an open menu covers nothing that can be pressed."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/help/")
    for menu in page.locator(".menu > summary").all():
        menu.click()


def keys(page: Page) -> None:
    page.goto("/gallery/")
    page.keyboard.press("?")
    page.locator("#keys-list[open]").wait_for()


def chosen(page: Page) -> None:
    page.goto("/gallery/")
    page.locator(".tile input").first.check()


def message(page: Page) -> None:
    page.goto("/gallery/")
    page.locator(".tile input").first.check()
    page.locator("#selected button[value=delete]").click()
    page.locator("[data-toast] form button").click()
    page.locator("[data-toast]").wait_for()


def more(page: Page) -> None:
    page.goto("/activity/")
    page.locator(".card .menu > summary").first.click()


DOINGS: tuple[Callable[[Page], None], ...] = (opened, picture, keys, chosen, message, more, menus)


@dataclass
class Rows:
    pks: dict[str, str]

    @property
    def pages(self) -> list[str]:
        pages = [f"/v/{pk}/" for pk in self.pks.values()]
        ready, other = self.pks["ready"], self.pks["in-the-trash"]
        pages += [f"/v/{self.pks['unconfirmed']}/again/", f"/compare/?a={ready}"]
        return [*pages, f"/compare/?a={ready}&b={self.pks['another']}", f"/?use={other}"]


@pytest.fixture(scope="module")
def rows(studio: Studio, administrator: dict[str, Any]) -> Rows:
    code = [
        "from datetime import timedelta; from django.utils import timezone",
        "now = timezone.now(); later = {'due_at': now + timedelta(minutes=14)}",
        "def make(status, **more):",
        "    held = later if status in OPEN else {}",
        "    same = dict(owner=me, provider='gone', model='axe', prompt='A fox')",
        "    print(make_generation(status, **(same | held | more)).pk)",
    ]
    code += [f"make({status!r}, {more})" for status, more in STATES.values()]
    code.append("make('succeeded', prompt='雪地里的狐狸')")
    return Rows(dict(zip([*STATES, "another"], studio.run("\n".join(code)).split(), strict=True)))


def found(page: Page, where: str) -> list[str]:
    """Everything in the light theme; what colours can break in the dark one."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    said = [f"{where} light: {one}" for one in axe(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return said + [f"{where} dark: {one}" for one in axe(page, ["color-contrast"])]


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("zh-CN", 320)])
def test_axe_finds_nothing_on_any_page_in_any_state(
    browser: Browser, studio: Studio, administrator: dict[str, Any], rows: Rows,
    language: str, width: int,
) -> None:  # fmt: skip
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=language,
        # So tall that nothing lies under the bar that sends, which stays at the lower edge.
        viewport={"width": width, "height": 1800},
    )  # fmt: skip
    page = context.new_page()
    said = []
    for path in (*PAGES, *rows.pages):
        page.goto(path)
        said += found(page, path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            said.append(f"{path} is wider than the screen")
    for do in DOINGS:
        do(page)
        said += found(page, do.__name__)
    context.close()
    assert said == []


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_axe_finds_nothing_before_signing_in(
    browser: Browser, studio: Studio, administrator: dict[str, Any], language: str
) -> None:
    page = browser.new_page(base_url=studio.url, locale=language)
    said = []
    for path in (
        "/accounts/password_reset/",
        "/accounts/login/",
        "/accounts/login/?next=/gallery/",
    ):
        page.goto(path)
        said += found(page, path)
    page.locator("#id_username").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.locator("main button").click()
    said += found(page, "after a wrong password")
    page.context.close()
    assert said == []
