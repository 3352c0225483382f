"""Browsers whose clocks are far from the server's: a page and its filters speak of one day."""

import pytest
from playwright.sync_api import expect

LATE = "make_generation('succeeded', owner=me, prompt='Late on the first of March', created=at).pk"


@pytest.fixture(scope="module")
def video(studio, administrator):
    at = "from datetime import datetime, UTC; at = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)"
    return studio.run(f"{at}\nprint({LATE})")


@pytest.mark.parametrize(
    ("zone", "day", "other"),
    [
        ("Pacific/Kiritimati", "2026-03-02", "2026-03-01"),  # 14 hours before UTC
        ("Pacific/Pago_Pago", "2026-03-01", "2026-03-02"),  # 11 hours behind it
        ("Asia/Kathmandu", "2026-03-01", "2026-03-02"),
    ],
)
def test_the_day_of_a_page_is_the_day_that_finds_it(
    browser, browser_context_args, video, zone, day, other
):
    context = browser.new_context(**browser_context_args, timezone_id=zone)
    page = context.new_page()
    page.goto("/")  # tells the studio its zone
    page.goto("/gallery/?q=Late+on")
    time = page.locator(".tile", has_text="Late on").first.locator("time")
    assert time.get_attribute("datetime").startswith(day)
    expect(time).to_contain_text(f"{int(day[-2:])} ")
    for since, count in ((day, 1), (other, 0)):
        page.goto(f"/gallery/?since={since}&until={since}")
        expect(page.locator(".tile", has_text="Late on")).to_have_count(count)
    context.close()
