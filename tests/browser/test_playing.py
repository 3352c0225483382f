"""Previews, the player, and two takes in step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Studio
from .page_checks import requests_for


@pytest.fixture
def gone(studio: Studio, administrator: object) -> str:
    """A finished video whose file is no longer there."""
    made = "make_generation('succeeded', owner=me, prompt='Its file is gone', video='none.mp4')"
    return studio.run(f"print({made}.pk)")


@pytest.fixture
def motion() -> str:
    """As most people have it: what is pointed at plays."""
    return "no-preference"


# Previews


def test_a_preview_plays_once_and_ends(page: Page, films: list[str]) -> None:
    page.goto("/gallery/?q=take+of+a+kite")
    page.locator(".tile").first.hover()
    video = page.locator(".tile video")
    expect(video).to_have_count(1)
    assert video.evaluate("video => [video.loop, video.muted, video.controls]") == [
        False, True, False,
    ]  # fmt: skip
    page.wait_for_function("() => document.querySelector('.tile video')?.currentTime > 0.1")
    video.evaluate("video => { video.currentTime = video.duration - 0.05; }")
    expect(video).to_have_count(0)


def test_a_preview_shows_its_still_picture_until_it_plays(page: Page, films: list[str]) -> None:
    page.goto("/gallery/?q=take+of+a+kite")
    still = page.locator(".tile img").first.evaluate("image => image.src")
    page.locator(".tile").first.hover()
    assert page.locator(".tile video").evaluate("video => video.poster") == still


def test_a_preview_without_its_file_goes_away(page: Page, gone: str) -> None:
    page.goto("/gallery/?q=Its+file+is+gone")
    asked = requests_for(page, "video.mp4")
    page.locator(".tile").first.hover()
    page.wait_for_function("count => window.performance.getEntriesByType('resource')"
                           ".some(one => one.name.endsWith('video.mp4'))")  # fmt: skip
    expect(page.locator(".tile video")).to_have_count(0)
    assert asked


def test_a_focus_that_lasts_plays_too_and_only_one_at_a_time(page: Page, films: list[str]) -> None:
    page.goto("/gallery/?q=take+of+a+kite")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile").nth(0).locator("video")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile").nth(1).locator("video")).to_have_count(1)
    expect(page.locator(".tile video")).to_have_count(1)


def test_a_tap_opens_the_video_and_previews_nothing(
    browser: Browser, studio: Studio, administrator: dict[str, Any], films: list[str]
) -> None:
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, has_touch=True, is_mobile=True,
        viewport={"width": 390, "height": 800}, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    asked = requests_for(page, "video.mp4")
    page.goto("/gallery/?q=take+of+a+kite")
    page.locator(".tile > a").first.tap()
    expect(page.locator("[data-player]")).to_be_visible()
    assert asked == []
    context.close()


# The player


# A position is found before its frame can be drawn: here always, elsewhere on a busy machine.
EARLY = """
const time = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
Object.defineProperty(HTMLMediaElement.prototype, "currentTime", { ...time, set(at) {
  time.set.call(this, at);
  this.dispatchEvent(new Event("seeked"));
} });
"""


@pytest.mark.parametrize("script", ["", EARLY], ids=["as it comes", "found early"])
def test_no_video_is_loaded_until_it_is_played_and_then_three_frames_show_it(
    page: Page, films: list[str], script: str
) -> None:
    page.add_init_script(script)
    asked = requests_for(page, "video.mp4")
    page.emulate_media(reduced_motion="reduce")  # it does not begin by itself
    page.goto(films[0])
    page.wait_for_timeout(400)
    assert asked == []
    expect(page.locator(".strip")).to_be_hidden()
    page.locator("video").evaluate("video => video.play()")
    expect(page.locator(".strip")).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.strip canvas')].every(one => one.width === 320)"
    )
    frames = page.locator(".strip canvas").evaluate_all("all => all.map(one => one.toDataURL())")
    assert len(set(frames)) == 3


def test_a_video_opened_by_itself_plays(page: Page, films: list[str]) -> None:
    page.goto(films[0].partition("?")[0] + "video.mp4")
    video = page.locator("video")
    expect(video).to_have_js_property("readyState", 4)
    video.press("Space")
    page.wait_for_function("document.querySelector('video').currentTime > 0")


def test_two_takes_play_in_step(page: Page, films: list[str], studio: Studio) -> None:
    studio.run(
        "from django.utils import timezone\n"  # only the newest are offered
        "Generation.objects.filter(prompt__contains='kite').update(created=timezone.now())"
    )
    page.goto(films[0])
    page.get_by_role("link", name="Compare").click()
    page.locator(".tile", has_text="take of a kite").first.click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every(one => one.videoWidth)"
    )
    bands = page.locator("video").evaluate_all(
        "all => all.map(({ offsetWidth: w, offsetHeight: h, videoWidth, videoHeight }) => "
        "w / h - videoWidth / videoHeight)"
    )
    assert max(map(abs, bands)) < 0.02
    page.get_by_role("button", name="Play all").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.4")
    page.get_by_role("button", name="Pause all").click()
    times = "() => [...document.querySelectorAll('video')].map(one => one.currentTime)"
    page.wait_for_function(f"() => {{ const [a, b] = ({times})(); return Math.abs(a - b) < 0.1 }}")
    slider = page.locator("[data-seek]")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({times})().every(time => time > 4.5)")


def test_a_missing_file_is_said_when_it_should_play(
    page: Page, studio: Studio, gone: str, films: list[str]
) -> None:
    for path in (f"/v/{gone}/", f"/compare/?a={films[0].split('/')[2]}&b={gone}"):
        page.goto(path)
        page.locator("video").last.evaluate("video => video.play().catch(() => {})")
        expect(page.locator("[data-missing]").last).to_be_visible()
        expect(page.locator("[data-missing]").last).to_contain_text("The file of this video")
        repair = page.locator("[data-missing]").last.get_by_role("link")
        expect(repair).to_have_attribute("href", f"/admin/generations/generation/{gone}/change/")


def test_an_unreachable_file_is_not_called_missing(page: Page, films: list[str]) -> None:
    page.emulate_media(reduced_motion="reduce")  # it does not begin by itself
    page.goto(films[0])
    page.context.set_offline(True)
    page.locator("video").evaluate("video => video.play().catch(() => {})")
    expect(page.locator("[data-toast]")).to_contain_text("did not answer")
    expect(page.locator("[data-missing]")).to_be_hidden()


def test_a_missing_still_picture_is_said_and_staff_can_repair_it(
    page: Page, studio: Studio
) -> None:
    pk = studio.run("print(make_generation('succeeded', owner=me, prompt='No still').pk)")
    page.goto(f"/v/{pk}/")
    page.get_by_role("link", name="Repair it in the administration").click()
    expect(page).to_have_url(re.compile(rf"/admin/generations/generation/{pk}/"))
