"""What the page says while a video is on its way, and when it ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.waiting import until

from .conftest import Studio
from .page_checks import requests_for

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


def end(studio: Studio, pk: str) -> None:
    studio.run(
        f"row = Generation.objects.get(pk='{pk}')\nrow.transition('failed', error_code='provider')"
    )


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


def test_a_page_without_cards_hears_of_the_end(clocked: Page, studio: Studio, held: str) -> None:
    clocked.goto("/gallery/")
    end(studio, held)
    clocked.clock.run_for(20_000)
    message = clocked.locator(f"#ended-{held}")
    expect(message).to_contain_text("Held")
    message.get_by_role("link").click()
    expect(clocked).to_have_url(re.compile(f"/v/{held}/$"))


def test_nobody_who_does_not_look_is_asked_for_more_than_every_fifteen_seconds(
    clocked: Page, held: str
) -> None:
    clocked.goto(f"/v/{held}/")
    clocked.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    asked = requests_for(clocked, "/status/")
    for _ in range(60):
        clocked.clock.run_for(1000)
    clocked.wait_for_timeout(300)
    assert 1 <= len(asked) <= 5


# What a hidden tab waits, in milliseconds, if the clock stands still just before its time is over.
NEARLY_FIFTEEN_SECONDS = """async () => {
    const answered = new Promise(
        (heard) => document.addEventListener("htmx:afterRequest", heard, { once: true }));
    let now = 0;
    performance.now = () => now;
    document.dispatchEvent(new Event("visibilitychange"));
    await answered;
    now = 14_999.9999;
    const waits = [];
    const wait = window.setTimeout;
    window.setTimeout = (run, time) => { waits.push(time); return wait(run, time); };
    document.dispatchEvent(new Event("visibilitychange"));
    Object.defineProperty(document, "hidden", { get: () => true });
    while (waits.length < 2) await new Promise((done) => wait(done, 10));
    return waits;
}"""


def test_a_hidden_tab_does_not_wait_for_no_time_again_and_again(page: Page, held: str) -> None:
    page.goto(f"/v/{held}/")
    assert page.evaluate(NEARLY_FIFTEEN_SECONDS) == [0, 1000]


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


def test_an_answer_that_brings_cards_may_take_its_time(page: Page, held: str) -> None:
    moments: list[float] = []

    def slowly(route: Route) -> None:
        moments.append(time.monotonic())
        time.sleep(1.5)
        route.fulfill(status=200, headers={"X-Poll-After": "0.5"}, body="<p hidden></p>")

    page.route("**/live/*", slowly)
    page.goto("/activity/")
    while len(moments) < 3:
        page.wait_for_timeout(200)
    assert moments[2] - moments[0] < 2 * 5 * 1.5


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


def test_a_page_whose_scripts_come_slowly_asks_all_the_same(
    page: Page, studio: Studio, held: str
) -> None:
    late: list[Route] = []
    page.route("**/player.js", lambda route: late.append(route))
    page.goto(f"/v/{held}/", wait_until="commit")
    until(lambda: page.title() and late)
    page.wait_for_timeout(2000)  # the moment of the first question passes
    late[0].continue_()
    end(studio, held)
    expect(page.locator("#status[data-ended]")).to_be_visible()


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
    offer = page.locator(".rail").get_by_role("button", name="Notify me when")
    top = "document.getElementById('cards').offsetTop"  # in the rail, which sticks
    for number, shown in ((1, True), (2, False)):
        page.get_by_label("Prompt", exact=True).fill(f"Offered {number}")
        before = page.evaluate(top)
        page.get_by_role("button", name="Generate").click()
        expect(page.locator(".card", has_text=f"Offered {number}")).to_have_count(1)
        expect(offer).to_be_visible(visible=shown)
        assert page.evaluate(top) == before
        if shown:
            offer.click()
            expect(offer).to_be_hidden()


def test_a_message_on_a_phone_covers_neither_the_new_card_nor_the_button(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Seen on a phone")
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".card", has_text="Seen on a phone")
    expect(card).to_be_in_viewport(ratio=1)
    page.evaluate("studio.toast('A sentence that takes two lines on the screen of a phone')")
    said = page.locator("[data-toast]").bounding_box()
    for waited_for in (card, page.get_by_role("button", name="Generate")):
        box = waited_for.bounding_box()
        assert said and box and said["y"] + said["height"] <= box["y"]


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
            "Object.defineProperty(document, 'hidden', { get: () => true }), { once: true })"
        )
    end(studio, held)
    expect(page.locator("#status[data-ended]")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("Failed")  # what is noted is noted by then
    assert len(page.evaluate("window.noted")) == notes
