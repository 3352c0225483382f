"""The days of a page are those of the browser, in what is shown and in what a filter finds."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from tests.factory import make_generation
from wanstudio.time_zone import COOKIE, TimeZoneMiddleware

LATE = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # already 2 March in Tokyo


def found(client, **filters):
    return len(client.get("/gallery/", filters).context["shown"].page.rows)


@pytest.fixture
def video(owner, client):
    client.force_login(owner)
    return make_generation("succeeded", owner=owner, created=LATE)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Asia%2FTokyo", "2026-03-02"), ("America/Los_Angeles", "2026-03-01"), ("", "2026-03-01")],
)
def test_a_filter_finds_a_video_on_the_day_that_its_page_shows(client, video, zone, day):
    client.cookies[COOKIE] = zone
    assert found(client, since=day, until=day) == 1
    assert found(client, since="2026-03-02", until="2026-03-02") == (day == "2026-03-02")


@pytest.mark.parametrize(
    "name", ["nonsense", "../etc/passwd", "Europe", "x" * 5000, "%00", "%2Fetc"]
)
def test_what_is_no_zone_changes_nothing(client, video, name):
    client.cookies[COOKIE] = name
    assert found(client, since="2026-03-01", until="2026-03-01") == 1


@pytest.mark.parametrize(("path", "zone"), [("/gallery/", "Asia/Tokyo"), ("/admin/x/", "UTC")])
def test_the_administration_keeps_the_studios_own_zone(rf, path, zone):
    request = rf.get(path)
    request.COOKIES[COOKIE] = "Asia/Tokyo"
    assert TimeZoneMiddleware(lambda request: timezone.get_current_timezone_name())(request) == zone
