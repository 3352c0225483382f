"""From nothing to a film, as a newcomer goes: clone, key, twenty takes, two continuations, joined.

`make screenshots` walks it and prints its times. The emulator stands for the service.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.emulator import Emulator
from tests.first_start import clone, environment, free_port, kill_what_is_left, stop, until

from .conftest import PASSWORD

pytestmark = pytest.mark.screenshots

# Four takes of each of five variations.
IDEA = "A paper boat {at dawn|at noon|at dusk|in fog|in rain}, close to the water"
CONTINUATIONS = {
    "continued": "The boat reaches a quiet pond",
    "continued again": "The boat rests between water lilies",
}
TAKES, CLIPS = 20, 3
LEAVINGS = 3
SERVED = 300_000  # milliseconds at most until all takes are ready: the account runs two at a time


class Walk:
    """Steps by name with their seconds, and the pages that were loaded beside the form's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.left: list[str] = []
        self.times: dict[str, float] = {}
        page.on("domcontentloaded", self.loaded)

    def loaded(self, page: Page) -> None:
        path = urlsplit(page.url).path
        if path not in ("/", "/setup/"):
            self.left.append(path)

    def step(self, name: str, do: Callable[[Page], None]) -> None:
        began = time.monotonic()
        do(self.page)
        self.times[name] = time.monotonic() - began


def test_twenty_takes_become_a_film_without_leaving_the_form_more_than_three_times(
    browser: Browser,
) -> None:
    began = time.monotonic()
    with Emulator() as service, clone() as folder:
        cloned = time.monotonic() - began
        key = f"DASHSCOPE_API_KEY={service.settings.keys[0]}\nDASHSCOPE_BASE_URL={service.base_url}"
        (folder / ".env").write_text(key + "\n")
        with make_run(folder) as (address, up):
            context = browser.new_context(
                base_url=address, locale="en", viewport={"width": 1440, "height": 900}
            )
            context.set_default_timeout(60_000)
            walk = Walk(context.new_page())
            walk.step("first account", sign_up)
            walk.step("twenty takes are sent", send)
            walk.step("and are ready", ready)
            walk.step("the best one is found and starred", choose)
            for name, prompt in CONTINUATIONS.items():
                walk.step(name, partial(continue_it, prompt=prompt))
            walk.step("joined and downloaded", join)
            context.close()
    times = {"clone": cloned, "make run until it is up": up, **walk.times}
    print("".join(f"\n{seconds:6.1f} s  {name}" for name, seconds in times.items()))
    print(f"{sum(times.values()):6.1f} s  in all; pages beside the form's: {walk.left}")
    assert len(service.creates) == TAKES + CLIPS - 1
    assert len(walk.left) <= LEAVINGS


@contextmanager
def make_run(folder: Path) -> Iterator[tuple[str, float]]:
    """The address of the studio that `make run` started in `folder`, and its seconds to be up."""
    began, port = time.monotonic(), free_port()
    address, log = f"http://127.0.0.1:{port}", folder.parent / "log.txt"
    with log.open("w") as output:
        studio = subprocess.Popen(
            ["make", "run", f"PYTHON={sys._base_executable}"],  # type: ignore[attr-defined]
            cwd=folder,
            env=environment(PORT=str(port)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: f"WAN Studio is at {address}" in log.read_text(), 400, studio)
        yield address, time.monotonic() - began
        stop(studio, folder)
    finally:
        kill_what_is_left(studio, folder)


def sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Make this account and begin").click()
    page.get_by_role("heading", name="Make a video").wait_for()


def send(page: Page) -> None:
    page.get_by_label("Several prompts, one a line").check()
    page.get_by_label("Prompt", exact=True).fill(IDEA)
    page.get_by_label("Takes", exact=True).select_option("4")
    page.get_by_text(f"{TAKES} videos will be made.").wait_for()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".card")).to_have_count(TAKES)


def ready(page: Page) -> None:
    expect(page.locator(".card[data-ended]")).to_have_count(TAKES, timeout=SERVED)


def choose(page: Page) -> None:
    """From one to the next in the viewer, until the best one: a star."""
    page.locator(".card").last.get_by_role("link", name="Play").click()
    for _ in range(3):
        before = page.locator("#viewer [data-page]").get_attribute("data-page") or ""
        page.keyboard.press("ArrowLeft")
        page.locator(f"#viewer [data-page]:not([data-page='{before}'])").wait_for()
    star(page)


def star(page: Page) -> None:
    with page.expect_response("**/favourite/"):
        page.keyboard.press("f")


def continue_it(page: Page, prompt: str) -> None:
    """On from the clip that is shown; the new one is starred and shown at the end."""
    page.get_by_role("link", name="Continue from here").click()
    page.get_by_text("Continues from").wait_for()
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.keyboard.press("Control+Enter")
    page.locator("#sent a").wait_for()
    card = page.locator("#cards > .card:first-child[data-ended]")
    card.wait_for(timeout=SERVED)
    card.get_by_role("link", name="Play").click()
    page.locator("#viewer video").wait_for()
    star(page)


def join(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Gallery").click()
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Favourites").check()
    expect(page.locator(".tile")).to_have_count(CLIPS)
    for box in reversed(page.locator(".tile input").all()):
        box.check()
    page.locator("#selected summary", has_text="More").click()
    page.get_by_role("button", name="Join into one video").click()
    page.get_by_role("button", name="Join", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename.startswith("joined-")
