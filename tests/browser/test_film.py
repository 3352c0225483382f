"""The film of the README: real frames of a walk through the studio. `make screenshots` takes it."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import Studio
from .test_screenshots import FOLDER, IDEAS

pytestmark = pytest.mark.screenshots

SIZE = {"width": 1024, "height": 680}
LARGEST = 1_500_000  # bytes
SHORTEST, LONGEST = 100, 1500  # milliseconds that one frame stays


class Film:
    """Frames and how long each stays; one that shows nothing new makes the last one stay longer."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pictures: list[bytes] = []
        self.stays: list[int] = []

    def take(self, stays: int = SHORTEST) -> None:
        picture = self.page.screenshot()
        if self.pictures and picture == self.pictures[-1]:
            self.stays[-1] = min(self.stays[-1] + stays, LONGEST)
        else:
            self.pictures.append(picture)
            self.stays.append(stays)

    def roll(self, count: int) -> None:
        """`count` frames, as fast as they come."""
        for _ in range(count):
            began = time.monotonic()
            self.take()
            self.page.wait_for_timeout(max(0, SHORTEST - 1000 * (time.monotonic() - began)))

    def save(self, target: Path) -> None:
        first, *rest = (Image.open(io.BytesIO(one)).convert("RGB") for one in self.pictures)
        first.save(
            target, save_all=True, append_images=rest, duration=self.stays, loop=0,
            quality=75, method=4,
        )  # fmt: skip
        assert target.stat().st_size < LARGEST


@pytest.mark.parametrize("language", IDEAS)
def test_take_the_film(
    studio: Studio, administrator: dict[str, Any], browser: Browser, language: str
) -> None:
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=language,
        color_scheme="light", viewport=SIZE,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/")
    film = Film(page)
    make_takes(film, IDEAS[language])
    look(film)
    compare(film, IDEAS[language])
    film.save(FOLDER / language / "film.webp")
    context.close()


def make_takes(film: Film, idea: str) -> None:
    page = film.page
    page.locator("#id_size").select_option("832x480")
    film.take(800)
    step = len(idea) // 8
    for start in range(0, len(idea), step):
        page.keyboard.insert_text(idea[start : start + step])
        film.take(150)
    page.locator("#id_takes").select_option("4")
    page.locator("#id_takes").scroll_into_view_if_needed()
    film.take(1200)
    page.evaluate("scrollTo(0, 0)")
    film.take(600)
    page.keyboard.press("Control+Enter")
    ended = page.locator(".card[data-ended]", has_text=idea[:20])
    for _ in range(120):
        film.take(150)
        if ended.count() == 4:
            break
        page.wait_for_timeout(150)
    expect(ended).to_have_count(4)
    page.locator("[data-toast] button").evaluate_all("all => all.forEach(one => one.click())")
    film.take(1000)


def look(film: Film) -> None:
    """In the viewer, from one take to the next; then on from the last frame of it."""
    page = film.page
    page.locator(".card [data-view]").first.click()
    page.locator("#viewer video").wait_for()
    film.roll(12)
    page.keyboard.press("ArrowRight")
    film.roll(12)
    page.locator("#viewer a[href*='/?continue=']").click()
    page.locator("#picture img").wait_for()
    page.locator("#picture").scroll_into_view_if_needed()
    film.take(1500)


def compare(film: Film, idea: str) -> None:
    page = film.page
    page.goto(f"/gallery/?q={idea[:20]}")
    film.take(800)
    for box in page.locator(".tile input").all()[:4]:
        box.check()
        film.take(250)
    page.locator("#selected details").last.locator("summary").click()
    film.take(600)
    page.locator("#selected [value=compare]").click()
    page.locator("[data-all]").click()
    film.roll(16)
