"""A browser in front of a page whose videos are saved: how soon each card shows its end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.utils.dateparse import parse_datetime
from playwright.sync_api import Page, sync_playwright

from tests.emulator.client import EmulatorProcess
from tests.films import draw_film

from .bench_form import QUICK_FILTERS, services
from .conftest import Database
from .report import Report
from .studio import Studio

Start = Callable[..., Studio]
AT_ONCE = 50  # cards that the page shows when it is opened; one more comes with each press
LONGEST = 300.0  # seconds that a round may take
ASK = """
from django.db import transaction
with transaction.atomic():
    for number in range(COUNT):
        Generation.objects.create_queued(
            owner_id=PERSON, provider="dashscope", model="wan2.2-t2v-plus",
            prompt="a card", size="832x480")
"""
SAVED = "SELECT id, finished_at FROM generations_generation WHERE status = 'succeeded'"
RUNNING = "SELECT COUNT(*) FROM generations_generation WHERE status = 'running'"
# When each card came to its end on the page, by the clock of the machine.
WATCH = """
window.ended = {};
new MutationObserver(() => document.querySelectorAll(".card[data-ended]").forEach((card) => {
    window.ended[card.id.slice(-36)] ??= Date.now();
})).observe(document, { subtree: true, childList: true, attributes: true });
"""
OPEN = "() => [...document.querySelectorAll('.card[data-open]')].map(card => card.dataset.open)"


@pytest.fixture
def tab() -> Iterator[Page]:
    names = ("chromium", "chromium-browser", "chromium-headless-shell")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(WATCH)
        yield page
        browser.close()


@pytest.mark.parametrize("home", ["SQLite"], indirect=True)  # what is measured is the page
def test_saved_to_shown(
    home: Database, start: Start, report: Report, tab: Page, tmp_path: Path
) -> None:
    film = draw_film(tmp_path / "film.mp4", size=(320, 192), frames=10)
    with EmulatorProcess(seconds=3600, waiting=0, video=str(film)) as emulator:
        studio = start(**services(emulator), **QUICK_FILTERS, DASHSCOPE_QUERY_RATE=20)
        ((person, session),) = studio.people(1)
        cookie = {"name": "wanstudio_session_bench", "value": session, "url": studio.url}
        tab.context.add_cookies([cookie])  # type: ignore[list-item]
        studio.worker()
        studio.web()
        for count in (3, 60):
            at_once = str(min(count, AT_ONCE))
            studio.run(ASK.replace("COUNT", at_once).replace("PERSON", str(person)))
            tab.goto(studio.url)
            press(tab, count - AT_ONCE)
            until(lambda: home.ask(RUNNING)[0][0] == count)  # noqa: B023
            cards = tab.evaluate(OPEN)
            assert len(cards) == count
            emulator.advance(3600)
            lags = until_shown(tab, home, cards)
            what = f"Saved to shown in an open browser, {count} cards: each"
            note = f"the last of {count} cards was shown {max(lags):.1f} s after it was saved"
            report.add(what, home.name, lags, "s", bar=5, note=note, why=RESTS)


RESTS = "While the worker decodes sixty videos, the processors are its own."


def press(page: Page, times: int) -> None:
    for number in range(times):
        page.get_by_label("Prompt", exact=True).fill(f"card {number}")
        page.get_by_role("button", name="Generate").click()
        page.locator(".card", has_text=f"card {number}").wait_for()


def until_shown(page: Page, home: Database, cards: list[str]) -> list[float]:
    """Seconds from the save of each of `cards` until the page shows it."""
    are_all = "cards => cards.every(card => card in window.ended)"
    page.wait_for_function(are_all, arg=cards, timeout=LONGEST * 1000)
    shown = page.evaluate("window.ended")
    saved = {str(pk).replace("-", ""): moment(at) for pk, at in home.ask(SAVED)}
    return [shown[card] / 1000 - saved[card.replace("-", "")] for card in cards]


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


def moment(at: datetime | str) -> float:
    parsed = parse_datetime(f"{at}Z") if isinstance(at, str) else at
    assert parsed
    return parsed.timestamp()
