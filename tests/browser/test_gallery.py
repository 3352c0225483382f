"""The gallery under the pointer and under the keys."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe


@pytest.fixture
def motion():
    """As most people have it: what is pointed at plays."""
    return "no-preference"


@pytest.fixture(scope="module")
def many(studio, administrator):
    """All of one day, which has one heading: the rows of the grid are full at any hour."""
    studio.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        "noon = timezone.localtime().replace(hour=12)\n"
        "for n in range(60):\n"
        "    make_generation('succeeded', owner=me, prompt=f'Take number {n}', model='many',\n"
        "        created=noon - timedelta(days=2, minutes=n))\n"
    )


def test_more_is_loaded_while_scrolling_and_every_row_comes_once(page, many):
    page.goto("/gallery/?q=Take+number")
    expect(page.locator(".tile")).to_have_count(24)
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(".tile")).to_have_count(48)
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(".tile")).to_have_count(60)
    ids = page.eval_on_selector_all(
        ".tile", "tiles => tiles.map(tile => tile.querySelector('input').value)"
    )
    assert len(set(ids)) == 60


def test_no_video_is_loaded_before_a_hover_that_lasts(clocked, many):
    page, videos = clocked, []
    page.on("request", lambda request: "video.mp4" in request.url and videos.append(request.url))
    page.goto("/gallery/?q=Take+number")
    page.clock.pause_at(datetime.now() + timedelta(hours=1))  # no machine is too slow for this
    tile = page.locator(".tile").first
    tile.hover()
    page.mouse.move(1, 1)
    page.clock.run_for(2000)
    expect(tile.locator("video")).to_have_count(0)
    tile.hover()
    with page.expect_request("**/video.mp4"):
        page.clock.run_for(2000)
    assert len(set(videos)) == 1


def test_with_reduced_motion_nothing_plays_by_itself(page, many):
    page.emulate_media(reduced_motion="reduce")
    page.goto("/gallery/?q=Take+number")
    page.locator(".tile").first.hover()
    page.wait_for_timeout(600)
    expect(page.locator(".tile video")).to_have_count(0)


def test_keys_move_mark_and_open(page, many):
    page.goto("/gallery/?q=Take+number")
    page.keyboard.press("ArrowRight")
    first = page.locator(".tile > a").first
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile > a").nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".tile input").nth(1)).to_be_checked()
    expect(page.locator("#selected")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys-list")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".tile > a").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_be_visible()


def test_after_a_deletion_the_arrows_go_on_where_the_reader_was(page, studio, many):
    page.goto("/gallery/?q=Take+number")
    page.locator(".tile > a").nth(7).focus()
    after = page.locator(".tile p").nth(8).inner_text()
    page.keyboard.press("Delete")
    expect(page.locator("[data-toast]").get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile", has_text=after).locator("> a")).to_be_focused()
    page.get_by_role("button", name="Dismiss this message").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tile > a:focus")).to_have_count(1)
    studio.run("Generation.objects.filter(model='many').update(trashed_at=None)")


def test_filters_take_effect_as_they_change_and_the_address_keeps_what_is_set(page, many):
    page.goto("/gallery/?q=Take+number")
    page.evaluate("window.notReloaded = true")
    expect(page.locator("#count")).to_have_text("60 videos")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Shape").focus()
    page.get_by_label("Shape").select_option("1:1")
    expect(page.locator("main").get_by_text("Nothing matches.")).to_be_visible()
    expect(page.get_by_label("Shape")).to_be_focused()
    expect(page.locator("#announce")).to_contain_text("Nothing matches.")
    assert page.url.endswith("/gallery/?q=Take+number&ratio=1%3A1")
    page.get_by_label("Shape").select_option("")
    expect(page.locator("#count")).to_have_text("60 videos")
    page.get_by_label("Order").select_option("oldest")
    expect(page.locator(".tile p").first).to_have_text("Take number 59")
    page.get_by_label("Search prompts and seeds").fill("Take number 59")
    expect(page.locator("#count")).to_have_text("1 video")
    assert page.url.endswith("/gallery/?q=Take+number+59&sort=oldest")
    expect(page.locator("#filter-count")).to_have_text("1")
    page.locator(".tile input").check()
    expect(page.locator("#selected")).to_contain_text("1 chosen")
    assert page.evaluate("window.notReloaded")


def test_tiles_fill_the_width_in_the_size_that_was_chosen(page, many):
    def columns():
        return page.locator(".tile").evaluate_all(
            "tiles => tiles.filter(tile => tile.offsetTop === tiles[0].offsetTop).length"
        )

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/gallery/?q=Take+number")
    assert columns() == 2
    size = page.get_by_label("Tile size")
    size.focus()
    page.keyboard.press("Home")
    assert columns() == 3
    assert axe(page) == []
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.reload()
    wide = page.locator("#grid").evaluate("grid => grid.clientWidth")
    assert wide > 1800 and columns() > 10
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tile > a").nth(columns())).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".tile > a").first).to_be_focused()
    page.evaluate("localStorage.clear()")


def test_the_whole_prompt_is_there_under_the_pointer_and_the_focus(page, studio, administrator):
    whole = "A lantern drifts over the lake while the whole village watches. " * 6
    studio.run(f"make_generation('succeeded', owner=me, prompt={whole!r})")
    page.goto("/gallery/?q=lantern+drifts")
    text = page.locator(".tile p")
    short = text.evaluate("text => text.clientHeight")
    page.locator(".tile > a").hover()
    page.wait_for_function("h => document.querySelector('.tile p').clientHeight > 2 * h", arg=short)
    page.mouse.move(1, 1)
    page.wait_for_function("h => document.querySelector('.tile p').clientHeight === h", arg=short)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("h => document.querySelector('.tile p').clientHeight > 2 * h", arg=short)
    assert text.inner_text().strip() == whole.strip()


def test_a_still_picture_that_is_gone_leaves_a_word(page, studio):
    studio.run("make_generation('succeeded', owner=me, prompt='Still gone', poster='none.webp')")
    page.goto("/gallery/?q=Still+gone")
    expect(page.locator(".tile")).to_contain_text("No still picture")
    expect(page.locator(".tile img")).to_have_count(0)


def test_going_back_finds_the_same_place(page, many):
    page.goto("/gallery/?q=Take+number")
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(".tile")).to_have_count(48)
    last = page.locator(".tile").nth(40)
    last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    text = last.locator("p").inner_text()
    before = page.evaluate("scrollY")
    last.locator("> a").click()
    expect(page.locator("#status")).to_be_visible()
    page.go_back()
    expect(page.locator(".tile", has_text=text)).to_be_in_viewport()
    assert before > 0


def test_a_favourite_stays_where_it_is(page, many):
    page.goto("/gallery/?q=Take+number")
    page.evaluate("window.notReloaded = true")
    star = page.locator(".star").nth(3)
    with page.expect_response("**/selection/"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.notReloaded")
    page.reload()
    expect(star).to_have_attribute("aria-pressed", "true")


def test_deleting_far_down_the_page_keeps_the_place(page, many):
    page.goto("/gallery/?q=Take+number")
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(".tile")).to_have_count(48)
    near = page.locator(".tile p").nth(40).inner_text()
    page.locator(".tile input").nth(41).check()
    page.locator("#selected").get_by_role("button", name="Delete").click()
    expect(page.locator("[data-toast]")).to_be_visible()
    expect(page.locator(".tile", has_text=near)).to_be_in_viewport()
    page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-toast]")).to_contain_text("back")


def test_shift_takes_a_range_and_all_takes_what_is_not_loaded(page, studio, many):
    page.goto("/gallery/?q=Take+number")
    boxes, says = page.locator(".tile input"), page.locator("#selected [data-n]")
    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(says).to_have_text("5 chosen")
    page.locator(".tile > a").nth(8).focus()
    page.keyboard.press("Shift+X")
    expect(says).to_have_text("7 chosen")
    page.get_by_role("button", name="None", exact=True).click()
    expect(page.locator("#selected")).to_be_hidden()
    page.get_by_role("button", name="Choose all").click()
    expect(says).to_have_text("All chosen")
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(".tile input:checked")).to_have_count(48)
    page.locator("#selected").get_by_text("More").click()
    page.locator("#selected").get_by_role("button", name="Favourite", exact=True).click()
    expect(page.locator("[data-toast]")).to_contain_text("60 videos are favourites.")
    studio.run("Generation.objects.filter(model='many').update(favourite=False)")


def test_what_is_ticked_is_sent_as_one_field_and_stays_ticked(page, many):
    page.goto("/gallery/?q=Take+number")
    for n in (1, 3):
        page.locator(".tile input").nth(n).check()
    with page.expect_download() as download, page.expect_request("**/selection/") as sent:
        page.get_by_role("button", name="Download as zip").click()
    assert sent.value.post_data.count("id=") == 1
    assert download.value.suggested_filename.endswith(".zip")
    expect(page.locator(".tile input:checked")).to_have_count(2)


def test_the_trash_is_emptied_with_the_keyboard_alone(page, studio, administrator):
    studio.run(
        "from django.utils import timezone\n"
        "Generation.objects.exclude(trashed_at=None).delete()\n"
        "for n in range(3):\n"
        "    make_generation('succeeded', owner=me, prompt=f'Old {n}', trashed_at=timezone.now())\n"
    )
    page.goto("/trash/")
    expect(page.locator("#selected")).to_be_hidden()
    boxes = page.locator(".trashed input")
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#selected")).to_contain_text("1 chosen")
    page.locator("#selected").get_by_role("button", name="Restore").press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("1 video is back.")
    page.get_by_role("button", name="Choose all").press("Enter")
    page.locator("#selected").get_by_role("button", name="Delete for good").press("Enter")
    expect(page.get_by_role("heading")).to_contain_text("Delete 2 videos for good?")
    assert axe(page) == []
    page.get_by_role("main").get_by_role("button", name="Delete for good").press("Enter")
    expect(page.get_by_text("Trash is empty.")).to_be_visible()


def test_chosen_videos_are_collected_with_the_keyboard_alone(page, studio, many):
    page.goto("/gallery/?q=Take+number")
    page.locator(".tile > a").nth(1).focus()
    page.keyboard.press("x")
    page.locator("#selected summary", has_text="Collect").press("Enter")
    page.get_by_label("New collection").fill("Kites")
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("1 video is in")
    page.get_by_role("link", name="Collections").click()
    page.get_by_role("link", name="Kites").click()
    expect(page.locator(".tile")).to_have_count(1)
    page.locator(".tile input").check()
    page.locator("#selected summary", has_text="More").click()
    page.get_by_role("button", name="Take out of this collection").click()
    expect(page.locator("main").get_by_text("Nothing matches.")).to_be_visible()
    page.goto("/collections/")
    assert axe(page) == []
    kites = page.locator("li", has=page.get_by_role("link", name="Kites"))
    kites.locator("summary", has_text="Change").click()
    kites.get_by_role("button", name="Delete the collection").click()
    expect(kites).to_have_count(0)
