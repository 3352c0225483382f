"""Previews, the player, two takes in step; and what the page says while a video is on its way."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import Studio

HELD = """
from datetime import timedelta; from django.utils import timezone
now = timezone.now()
print(make_generation('storing', owner=me, provider='gone', model='held', prompt='Held',
                      claimed_at=now, due_at=now + timedelta(minutes=5)).pk)
"""
NOTED = """
window.noted = [];
window.Notification = class {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, { body } = {}) { window.noted.push(body); }
};
"""


@pytest.fixture
def held(studio: Studio) -> Iterator[str]:
    """A generation that stays on its way until `end` is called."""
    pk = studio.run(HELD)
    yield pk
    studio.run(f"Generation.objects.filter(pk='{pk}').delete()")


@pytest.fixture
def gone(studio: Studio, administrator: object) -> str:
    """A finished video whose file is no longer there."""
    made = "make_generation('succeeded', owner=me, prompt='Its file is gone', video='none.mp4')"
    return studio.run(f"print({made}.pk)")


def end(studio: Studio, pk: str) -> None:
    studio.run(
        f"row = Generation.objects.get(pk='{pk}')\nrow.transition('failed', error_code='provider')"
    )


def requests_for(page: Page, part: str) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if part in request.url else None)
    return asked


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


def test_no_video_is_loaded_until_it_is_played_and_then_three_frames_show_it(
    page: Page, films: list[str]
) -> None:
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


def test_two_takes_play_in_step(page: Page, films: list[str]) -> None:
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


# Meanwhile


def test_the_tab_counts_and_the_questions_stop_at_the_end(
    page: Page, studio: Studio, held: str
) -> None:
    page.goto("/activity/")
    open_now = studio.run("print(Generation.objects.owned_by(me).open().count())")
    expect(page).to_have_title(f"({open_now}) Activity · WAN Studio")
    studio.run(
        "for row in Generation.objects.owned_by(me).open():\n"
        f"    str(row.pk) == '{held}' or row.delete()"
    )
    page.reload()
    expect(page).to_have_title("(1) Activity · WAN Studio")
    end(studio, held)
    expect(page.locator(f"#card-{held}[data-ended]")).to_be_visible()
    expect(page).to_have_title("Activity · WAN Studio")
    asked = requests_for(page, "/live/")
    page.wait_for_timeout(4500)
    assert asked == []


def test_a_page_without_cards_hears_of_the_end(page: Page, studio: Studio, held: str) -> None:
    page.clock.install()
    page.goto("/gallery/")
    end(studio, held)
    page.clock.run_for(20_000)
    message = page.locator(f"#ended-{held}")
    expect(message).to_contain_text("Held")
    message.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/v/{held}/$"))


def test_nobody_who_does_not_look_is_asked_for_more_than_every_fifteen_seconds(
    page: Page, held: str
) -> None:
    page.clock.install()
    page.goto(f"/v/{held}/")
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    asked = requests_for(page, "/status/")
    for _ in range(60):
        page.clock.run_for(1000)
    page.wait_for_timeout(300)
    assert 1 <= len(asked) <= 5


def test_a_server_that_is_slow_is_asked_less(page: Page, held: str) -> None:
    moments: list[float] = []

    def slowly(route: Route) -> None:
        moments.append(time.monotonic())
        time.sleep(1.5)
        route.fulfill(status=204)

    page.route("**/status/*", slowly)
    page.goto(f"/v/{held}/")
    while len(moments) < 2:
        page.wait_for_timeout(200)
    assert moments[1] - moments[0] > 5 * 1.5


def test_a_page_that_saw_the_end_shows_what_a_reload_would(page: Page, studio: Studio) -> None:
    pk = studio.run(HELD)
    page.goto(f"/v/{pk}/")
    page.evaluate("window.notReloaded = true")
    before = page.title()
    assert before.startswith("(")
    studio.run(
        "from tests.factory import stored_video\n"
        f"row = Generation.objects.get(pk='{pk}')\n"
        f"row.transition('succeeded', **stored_video('videos/{pk}.mp4', b'x' * 712_300),\n"
        "    provider_data={'actual_prompt': 'Held, and better said', 'cost': '0.07'})"
    )
    facts = page.locator("#facts")
    expect(facts).to_contain_text("Held, and better said")
    expect(facts).to_contain_text("695.6")
    expect(facts).to_contain_text("0.07")
    assert page.evaluate("window.notReloaded")
    title = "\u2068Held\u2069 · WAN Studio"
    left = int(before[1 : before.index(")")]) - 1
    expect(page).to_have_title(f"({left}) {title}" if left else title)
    seen = facts.inner_text()
    page.reload()
    assert facts.inner_text() == seen


def test_a_restart_of_the_web_process_is_survived(page: Page, studio: Studio, held: str) -> None:
    page.goto(f"/v/{held}/")
    page.evaluate("window.notReloaded = true")
    studio.restart_web()
    end(studio, held)
    expect(page.locator("#status[data-ended]")).to_be_visible()
    expect(page.locator("[data-lost]").first).to_be_hidden()
    assert page.evaluate("window.notReloaded")


def test_notifications_are_switched_on_and_off(page: Page) -> None:
    page.add_init_script(NOTED)
    page.goto("/help/")
    page.locator("summary", has_text="Account").click()
    for shown in ("Notify me when a video is ready", "Stop notifying me"):
        page.get_by_role("button", name=shown).click()
    expect(page.get_by_role("button", name="Notify me when a video is ready")).to_be_visible()
    assert (
        page.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith('notify'))[1]")
        == "off"
    )


def test_after_the_first_press_notifications_are_offered_once(page: Page) -> None:
    page.add_init_script(NOTED.replace("granted", "default", 1))
    page.goto("/")
    offer = page.locator("[data-toast]").get_by_role("button", name="Notify me when")
    for number, shown in ((1, 1), (2, 0)):
        page.get_by_label("Prompt", exact=True).fill(f"Offered {number}")
        page.get_by_role("button", name="Generate").click()
        expect(page.locator(".card", has_text=f"Offered {number}")).to_have_count(1)
        expect(offer).to_have_count(shown)
        if shown:
            offer.click()


def test_on_android_no_notification_is_offered(page: Page) -> None:
    agent = "Object.defineProperty(navigator, 'userAgent', { get: () => 'Linux; Android 15' });"
    page.add_init_script(NOTED + agent)
    page.goto("/help/")
    page.locator("summary", has_text="Account").click()
    sound = page.get_by_role("button", name="Sound when a video is ready")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-notify]")).to_be_hidden()


def test_two_videos_that_end_together_are_both_said(page: Page, studio: Studio) -> None:
    pks = [studio.run(HELD.replace("'Held'", f"'Held {n}'")) for n in "ab"]
    page.goto("/activity/")
    for pk in pks:
        end(studio, pk)
    for pk in pks:
        expect(page.locator(f"#card-{pk}[data-ended]")).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("Held a")
    expect(page.locator("#announce")).to_contain_text("Held b")
    studio.run(f"Generation.objects.filter(pk__in={pks}).delete()")


def test_copying_says_what_really_happened(page: Page, films: list[str]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(films[0])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("[data-toast]")).to_have_text("Copied")
    assert "take of a kite" in page.evaluate("navigator.clipboard.readText()")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.reload()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("[data-toast]")).to_contain_text("copy it yourself")
    assert "take of a kite" in page.evaluate("String(getSelection())")


@pytest.mark.parametrize(
    ("asked_for", "looked_at", "notes"), [(True, False, 1), (True, True, 0), (False, False, 0)]
)
def test_a_notification_comes_only_if_asked_for_and_nobody_looks(
    page: Page, studio: Studio, held: str, asked_for: bool, looked_at: bool, notes: int
) -> None:
    page.add_init_script(NOTED)
    page.goto(f"/v/{held}/")
    if asked_for:
        page.locator("summary", has_text="Account").click()
        page.get_by_role("button", name="Notify me when a video is ready").click()
        expect(page.get_by_role("button", name="Stop notifying me")).to_be_visible()
    if not looked_at:
        page.evaluate(
            "document.addEventListener('htmx:beforeSwap', () => "
            "Object.defineProperty(document, 'hidden', { get: () => true }))"
        )
    end(studio, held)
    expect(page.locator("#status[data-ended]")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("Failed")  # what is noted is noted by then
    assert len(page.evaluate("window.noted")) == notes
