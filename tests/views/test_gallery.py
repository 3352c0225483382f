"""What the gallery shows, and to whom."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def part(reader: Client, name: str, query: str = "") -> Any:
    return reader.get(f"/gallery/{query}", headers={"HX-Request": "true", "HX-Target": name})


def prompts(answer: Any) -> list[str]:
    return re.findall(r"<p>(.*?)</p> </a>", text(answer))


@pytest.mark.parametrize(("sharing", "seen"), [("owner", 1), ("everyone", 2), ("nobody", 0)])
def test_others_see_what_the_studio_lets_people_share(
    client: Client, stranger: Any, make_generation: Any, settings: Any, sharing: str, seen: int
) -> None:
    settings.WANSTUDIO_SHARING = sharing
    make_generation("succeeded", shared=True)
    make_generation("succeeded")
    client.force_login(stranger)
    page = text(client.get("/gallery/"))
    assert page.count('<li class="tile"') == seen
    assert page.count("\u2068owner\u2069</b>") == seen
    assert ('name="who"' in page) == (sharing != "nobody")


def test_ones_own_videos_carry_no_name_and_say_that_they_wait_for_review(
    reader: Client, make_generation: Any, settings: Any
) -> None:
    make_generation("succeeded", shared=True)
    page = text(reader.get("/gallery/"))
    assert "</b>" not in page and "Waits for review" not in page
    settings.WANSTUDIO_REVIEW = "before"
    assert "Waits for review" in text(reader.get("/gallery/"))
    Generation.objects.update(review="approved")
    assert "Waits for review" not in text(reader.get("/gallery/"))


def test_days_are_headings_and_none_comes_twice(reader: Client, make_generation: Any) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0)
    for n in range(30):
        make_generation("succeeded", created=noon - timedelta(minutes=n))
    make_generation("succeeded", created=noon - timedelta(days=1))
    make_generation("succeeded", created=datetime(2020, 5, 3, 12, tzinfo=ZoneInfo("UTC")))
    first = reader.get("/gallery/")
    assert re.findall("<h2>(.*?)</h2>", text(first)) == ["Today"]
    more = re.search(r'hx-get="(\?before=[^"]+)"', text(first))
    assert more
    rest = text(part(reader, "more", more[1]))
    assert re.findall("<h2>(.*?)</h2>", rest) == ["Yesterday", "3 May 2020"]


def test_a_day_is_the_readers_own(reader: Client, make_generation: Any) -> None:
    make_generation("succeeded", created=datetime(2026, 3, 1, 20, tzinfo=ZoneInfo("UTC")))
    assert "1 March 2026" in text(reader.get("/gallery/"))
    reader.cookies["wanstudio_timezone"] = "Asia/Shanghai"
    assert "2 March 2026" in text(reader.get("/gallery/"))


def test_the_oldest_come_first_and_every_one_once(reader: Client, make_generation: Any) -> None:
    now = timezone.now()
    for n in range(60):  # three of each moment
        make_generation("succeeded", prompt=f"{n:02}", created=now + timedelta(seconds=n // 3))
    seen: list[str] = []
    address = "?sort=oldest"
    while address:
        answer = reader.get(f"/gallery/{address}")
        seen += prompts(answer)
        found = re.search(r'hx-get="(\?sort=oldest&amp;after=[^"]+)"', text(answer))
        address = found[1].replace("&amp;", "&") if found else ""
    assert sorted(seen) == [f"{n:02}" for n in range(60)]
    assert [int(one) // 3 for one in seen] == [n // 3 for n in range(60)]


def test_the_address_keeps_only_what_is_set(reader: Client) -> None:
    answer = reader.get("/gallery/?q=&who=mine&ratio=&since=&sort=")
    assert (answer.status_code, answer["Location"]) == (302, "/gallery/?who=mine")
    assert reader.get("/gallery/?q=")["Location"] == "/gallery/"
    results = part(reader, "results", "?q=fox&who=&tier=480P&sort=oldest")
    assert results["HX-Replace-Url"] == "/gallery/?q=fox&tier=480P&sort=oldest"
    assert part(reader, "results", "?q=&who=")["HX-Replace-Url"] == "/gallery/"


def test_changed_filters_bring_the_results_and_their_number(
    reader: Client, make_generation: Any
) -> None:
    make_generation("succeeded", prompt="An owl")
    make_generation("succeeded")
    answer = text(part(reader, "results", "?q=owl"))
    assert "<html" not in answer and "1 video " in answer
    assert 'id="filter-count" hx-swap-oob="true">1</span>' in answer
    nothing = text(part(reader, "results", "?q=horse"))
    assert "Nothing matches." in nothing and "<li" not in nothing


def test_many_are_counted_up_to_a_thousand_when_the_page_is_there(
    reader: Client, make_generation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(26):
        make_generation("succeeded")
    page = text(reader.get("/gallery/"))
    assert '<p id="count" hx-get="?" hx-trigger="load"' in page and "26 videos" not in page
    assert "26 videos" in text(part(reader, "count"))
    assert "0 videos" in text(part(reader, "count", "?q=horse"))
    monkeypatch.setattr("generations.views.gallery.MAX_COUNT", 25)
    assert "More than 1,000 videos" in text(part(reader, "count"))


def test_a_tile_holds_the_whole_prompt(reader: Client, make_generation: Any) -> None:
    whole = "<b>" + "很长的提示词" * 130
    make_generation("succeeded", prompt=whole)
    assert prompts(reader.get("/gallery/")) == [whole.replace("<b>", "&lt;b&gt;")]
